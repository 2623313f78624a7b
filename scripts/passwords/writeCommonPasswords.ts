import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { dictionary } from "@zxcvbn-ts/language-common"

// Writes the list of common passwords that ratings are made with, from the package that holds it:
// `npm run passwords`, or with `-- --check` only says whether the file is what would be written.

const root = join(import.meta.dirname, "../..")
const file = join(root, "src/domain/secret/commonPasswords.json")

const words = dictionary["passwords-common"]
if (words.some((word) => /[\s"\\]/u.test(word))) throw new Error("a word needs another separator")

const text = `${JSON.stringify(
  {
    source: "@zxcvbn-ts/language-common 4.1.3, written by scripts/passwords; do not edit",
    licence:
      "MIT; Copyright (c) 2012-2016 Dan Wheeler and Dropbox, Inc.; Copyright (c) 2021 @zxcvbn-ts",
    passwords: words.join(" "),
  },
  undefined,
  2,
)}\n`

if (process.argv.includes("--check")) {
  if (readFileSync(file, "utf8") !== text) {
    console.error("the list of common passwords is not what its package holds: npm run passwords")
    process.exitCode = 1
  }
} else {
  writeFileSync(file, text)
}
