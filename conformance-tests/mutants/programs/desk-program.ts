// The entry point of our desk target from which the mutants are built.
import './chosen.ts'
import '../../targets/desk.ts'
