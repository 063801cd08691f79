// The entry point of rex-gateway from which the mutants are built.
import { main } from '../../gateway/src/cli/main.ts'

await main(process.argv)
