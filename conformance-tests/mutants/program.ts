// rex-gateway as one program, which the mutants are built from.
import { main } from '../../gateway/src/cli/main.ts'

await main(process.argv)
