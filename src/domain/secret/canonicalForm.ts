/** The version of the rules below; another version may group passwords differently. */
export const canonicalModel = 1

/** Shorter passwords and shorter forms match too many others by chance. */
const minLength = 5
const minForm = 4

/**
 * Reduces a password to the form that its variants share: lower case, leet characters mapped back to
 * letters, trailing digits and symbols removed. Returns `undefined` if too little is left. Look-alikes
 * (`l`, `i`, `1`) count as one letter. Idempotent.
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
