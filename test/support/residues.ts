import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"

/**
 * Where in a directory bytes are found, as they are or in a form that gives them away: in UTF-8 and
 * UTF-16, plain, escaped as in JSON or a URL, as hexadecimal or base64. What lies below `except` is
 * left out.
 */
export const residuesIn = (
  directory: string,
  text: string,
  except: ReadonlyArray<string> = [],
): ReadonlyArray<string> => {
  const forms = formsOf(text)
  return filesIn(directory)
    .filter((file) => !except.some((left) => file.startsWith(join(directory, left))))
    .flatMap((file) => {
      const content = readFileSync(file)
      return forms
        .filter(({ bytes }) => content.includes(bytes))
        .map(({ name }) => `${file.slice(directory.length + 1)}: ${name}`)
    })
}

/** The files of a directory and all below it that hold these bytes. */
export const filesWith = (directory: string, bytes: Buffer): ReadonlyArray<string> =>
  filesIn(directory).filter((file) => readFileSync(file).includes(bytes))

const filesIn = (directory: string): ReadonlyArray<string> =>
  readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => join(directory, name))
    .filter((file) => statSync(file).isFile())

interface Form {
  readonly name: string
  readonly bytes: Buffer
}

/** The forms in which a text may be found. */
export const formsOf = (text: string): ReadonlyArray<Form> => {
  const encoded = [
    { name: "UTF-8", bytes: Buffer.from(text, "utf8") },
    { name: "UTF-16LE", bytes: Buffer.from(text, "utf16le") },
    { name: "UTF-16BE", bytes: Buffer.from(text, "utf16le").swap16() },
  ]
  const escaped = [
    { name: "JSON", text: JSON.stringify(text).slice(1, -1) },
    { name: "JSON in ASCII", text: asciiJson(text) },
    { name: "URL", text: encodeURIComponent(text) },
  ].map(({ name, text: form }) => ({ name, bytes: Buffer.from(form) }))
  const spelled = encoded.flatMap(({ name, bytes }) => [
    { name: `${name} in hexadecimal`, bytes: Buffer.from(bytes.toString("hex")) },
    {
      name: `${name} in capital hexadecimal`,
      bytes: Buffer.from(bytes.toString("hex").toUpperCase()),
    },
    ...[0, 1, 2].map((shift) => ({ name: `${name} in base64`, bytes: base64At(bytes, shift) })),
  ])
  return [...encoded, ...escaped, ...spelled]
}

const asciiJson = (text: string): string =>
  JSON.stringify(text)
    .slice(1, -1)
    .replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)

/** What base64 has of the bytes, whatever stands around them, so many bytes into a group of three. */
const base64At = (bytes: Buffer, shift: number): Buffer => {
  const whole = Buffer.concat([Buffer.alloc(shift), bytes])
  const end = Math.floor(whole.length / 3) * 4
  return Buffer.from(whole.toString("base64").slice(shift === 0 ? 0 : 4, end))
}
