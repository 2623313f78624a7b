/** The version of the rules below: another one may take other passwords for variants of each other. */
export const canonicalModel = 1

/** Shorter passwords, and shorter forms, have too many chance neighbours to tell anything. */
const minLength = 5
const minForm = 4

/**
 * What a password has in common with the variants that people make of it: its letters in lower case,
 * those written as digits or signs as letters again, and the digits and signs at its end left out.
 * `undefined` where too little is left. Letters that are written alike (`l`, `i`, `1`) count as one.
 * The form of a form is the form itself.
 */
export const canonicalForm = (password: string): string | undefined => {
  const text = password.normalize("NFKC").toLowerCase()
  if (text.length < minLength) return undefined
  let end = text.length
  while (end > 0 && !isLetter.test(text[end - 1] ?? "")) end--
  const form = text.slice(0, end).replace(written, (sign) => letters[sign] ?? sign)
  return form.length < minForm ? undefined : form
}

const isLetter = /[\p{L}\p{M}\p{Cs}]/u
const written = /[@430!1|l5$78]/g
const letters: Readonly<Record<string, string>> = {
  "@": "a",
  "4": "a",
  "3": "e",
  "0": "o",
  "!": "i",
  "1": "i",
  "|": "i",
  l: "i",
  "5": "s",
  $: "s",
  "7": "t",
  "8": "b",
}
