// The entry point of rex-gateway from which the mutants are built.
import './chosen.ts'
import { main } from '../../../gateway/src/cli/main.ts'

await main(process.argv)
