import { evaluate } from "./evaluate.ts"
import { evaluationText } from "./evaluationText.ts"

// `npm run evaluate -- <directory>`: how well fingerprints find sessions of the same hand in the
// logs in a directory, each directory in it a host. Nothing is written.
const [directory, ...others] = process.argv.slice(2)
if (directory === undefined || others.length > 0) {
  console.error("name one directory of logs: npm run evaluate -- <directory>")
  process.exit(2)
}
console.log(evaluationText(await evaluate(directory)))
