// Prints which processes are at work on the data: DATA
import { workingProcesses } from "../../../../../src/infra/app/service/ProcessBoard.ts"

const [data = ""] = process.argv.slice(2)

console.log(JSON.stringify(workingProcesses(data, Date.now())))
