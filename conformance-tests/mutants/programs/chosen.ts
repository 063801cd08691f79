// Makes this program the chosen mutant. It must be loaded before the program's own modules.
import { followChoice } from './choice.ts'

// Commands of rex-gateway that end by themselves keep the choice that they read at their start. The gateway and the desk follow later choices.
followChoice(process.argv.length === 2 || process.argv.includes('start'))
