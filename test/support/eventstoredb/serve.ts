// A double of EventStoreDB in a process of its own, for whoever measures: [SETTINGS as JSON]. Prints
// its connection string, and ends when its standard input does.
import { once } from "node:events"
import { TestServer } from "./TestServer.ts"

const [settings = "{}"] = process.argv.slice(2)
const server = await TestServer.start(JSON.parse(settings))
console.log(server.connectionString)
process.stdin.resume()
await once(process.stdin, "end")
await server.stop()
