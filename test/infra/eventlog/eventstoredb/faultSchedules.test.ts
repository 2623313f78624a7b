import { faultSchedules } from "./faultSchedules.ts"

// faultSchedules.process.test.ts tries more of them.
faultSchedules(2)
