// Prints which processes are at work on the data: DATA
import { runningProcesses } from "../../../../src/infra/processes/ProcessRegistry.ts"

const [data = ""] = process.argv.slice(2)

console.log(JSON.stringify(runningProcesses(data, Date.now())))
