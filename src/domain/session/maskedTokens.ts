/** The longest line that is looked at, and the longest token that is kept, in characters. */
const longestLine = 4096
const longestToken = 64

/**
 * The tokens of a line typed into a shell, with what varies by design masked: passwords where they
 * can be recognised, addresses, key material, hexadecimal and other encoded bytes, random names, long
 * numbers. What is left is how the line is built: commands, options, paths, operators. `isTried` says
 * whether a text is a password that was tried in the same session, which is masked wherever it stands.
 */
export const maskedTokens = (
  line: string,
  isTried: (text: string) => boolean = () => false,
): ReadonlyArray<string> => {
  const tried = maskTried(line.slice(0, longestLine).toWellFormed(), isTried)
  const text = maskGiven(maskKeys(tried))
  const words = text.match(tokens) ?? []
  const setsPassword = words.some((word) => passwordSetters.has(baseName(word)))
  const masked: Array<string> = []
  let before = ""
  for (const word of words) {
    const isApplet = before === "busybox" && /^[A-Z0-9]{4,}$/.test(word)
    const token = isApplet ? "<random>" : maskWord(word, setsPassword)
    // A run of masks of one sort is as long as it happens to be.
    if (!(token.startsWith("<") && token === masked.at(-1))) masked.push(token)
    before = baseName(word)
  }
  return masked
}

/** More pieces of a line than these are not looked at. */
const maxPieces = 400

/** What may be one password: the whole line, what is quoted, a word, or what stands around a sign. */
const maskTried = (line: string, isTried: (text: string) => boolean): string => {
  let looked = 0
  const isPassword = (text: string): boolean => text !== "" && looked++ < maxPieces && isTried(text)
  if (isPassword(line.trim())) return " secretMaterial "
  const inWord = (word: string): string => {
    if (isPassword(word)) return "secretMaterial"
    for (const { index } of word.matchAll(/[:=@,/]/g)) {
      const [before, after] = [word.slice(0, index), word.slice(index + 1)]
      if (isPassword(after)) return `${word.slice(0, index + 1)}secretMaterial`
      if (isPassword(before)) return `secretMaterial ${inWord(after)}`
    }
    for (const { index } of word.matchAll(/[:=@,/]/g)) {
      const [part = "", ...others] = word.slice(index + 1).split(/[:=@,/]/)
      if (others.length > 0 && isPassword(part)) return `${word.slice(0, index + 1)}secretMaterial`
    }
    const option = /^(-[A-Za-z])(.+)$/s.exec(word)
    return option !== null && isPassword(option[2] ?? "") ? `${option[1]}secretMaterial` : word
  }
  const inQuotes = line.replace(
    /(["'])((?:(?!\1).)*)\1/gs,
    (whole, quote: string, inner: string) =>
      isPassword(inner) ? `${quote}secretMaterial${quote}` : whole,
  )
  return inQuotes.replace(/[^\s"'`|&<>;(){}]+/g, inWord)
}

const baseName = (word: string): string => word.slice(word.lastIndexOf("/") + 1)

/** Of an authorised key everything is masked: its bytes, and the comment behind them. */
const maskKeys = (text: string): string =>
  text
    .replace(
      /\b(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-\w+)\s+[A-Za-z0-9+/=]{16,}[^"'`;|&>\n]*/g,
      " keyMaterial ",
    )
    .replace(/-----BEGIN [A-Z ]+-----.*?(?:-----END [A-Z ]+-----|$)/gs, " keyMaterial ")
    .replace(/\bAAAA[BCE][A-Za-z0-9+/=]{16,}/g, " keyMaterial ")

/** What a shell takes for one word, of quoted and unquoted pieces. */
const value = String.raw`(?:'[^']*(?:'|$)|"(?:\\.|[^"\\])*(?:"|\\?$)|\\.|[^\s|&<>;()\x60"'\\])+`
const clients = /\b(?:mysql\w*|mariadb(?:-\w+)?|sshpass)\b/
const attached = new RegExp(`(?<=[\\s"'])-p${value}`, "gs")
const ofSshpass = new RegExp(`(\\bsshpass\\b[^\\n]*?\\s-p\\s+)${value}`, "gs")
const byOption = new RegExp(
  `(--(?:[\\w-]{1,32}-)?pass(?:word|wd|phrase)?(?:=|\\s+(?!-)))${value}`,
  "gs",
)
const intoSudo = new RegExp(
  `\\b(echo|printf)((?:\\s+-[a-zA-Z]+)*)(?:\\s+${value})+(?=\\s*\\|\\s*sudo\\s[^|;&]*?(?:-\\w*S|--stdin)\\b)`,
  "gs",
)
const inAddress = /\b([a-z][a-z0-9+.-]{0,31}:\/\/)[^\s/"'`]*@/gi

/** Passwords that are given to a command in its line, each as one word. */
const maskGiven = (text: string): string => {
  const masked = text
    .replace(inAddress, "$1")
    .replace(byOption, "$1secretMaterial")
    .replace(intoSudo, "$1$2 secretMaterial")
  return clients.test(masked)
    ? masked.replace(ofSshpass, "$1secretMaterial").replace(attached, "-psecretMaterial")
    : masked
}

// Operators by themselves; quotes and white space only part; the rest are words.
const tokens = /[|&]{1,2}|>{1,2}|[<;()`{}]|\$\(|[^\s|&<>;()`{}"']+/g

const passwordSetters: ReadonlySet<string> = new Set(["passwd", "chpasswd", "usermod"])

/** Words that stand beside a change of password and are not it. */
const plainBesidePassword =
  /^(?:[|&<>;(){}$`]+|-{1,2}[a-z]+|echo|printf|bash|sh|sudo|cat|true|\/.*)$/

const maskWord = (word: string, setsPassword: boolean): string => {
  if (word === "keyMaterial") return "<key>"
  if (word.endsWith("secretMaterial"))
    return word.replace("secretMaterial", "<secret>").slice(-longestToken)
  if (setsPassword && !passwordSetters.has(word) && !plainBesidePassword.test(word)) {
    return "<secret>"
  }
  if (/^(?:\\+x[0-9a-fA-F]{2}|\\+[0-7]{3})+/.test(word)) return "<bytes>"
  const url = /^([a-z]{2,6}):\/\/(?:[^/@]*@)?[^/]+(.*)$/i.exec(word)
  if (url !== null) return `${url[1]?.toLowerCase()}://<address>${maskPath(url[2] ?? "")}`
  return maskPath(word).slice(0, longestToken)
}

const maskPath = (word: string): string =>
  word
    .split(/([/=,:@])/)
    .map((part) => (part.length < 4 ? part : maskPart(part)))
    .join("")
    .replace(/(?:<address>:?)+(?::\d+)?/g, "<address>")

const maskPart = (part: string): string => {
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(part)) return "<address>"
  if (
    /^[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|info|xyz|ru|cn|top|io|me|pw|tk|cc|biz|su|club|onion)$/i.test(
      part,
    )
  ) {
    return "<address>"
  }
  if (/^\d{4,}$/.test(part)) return "<number>"
  if (/^(?:0x)?[0-9a-f]{8,}$/i.test(part) && /\d/.test(part)) return "<hex>"
  if (part.length >= 24 && /^[A-Za-z0-9+_=-]+$/.test(part)) return "<encoded>"
  const stem = part.replace(/^\.+|\.[a-z0-9]{1,4}$/g, "")
  return isRandom(stem) ? part.replace(stem, "<random>") : part
}

/** Letters that change to digits, or to the other case, as no word does; or all without a vowel. */
const isRandom = (text: string): boolean => {
  if (text.length < 5 || !/^[A-Za-z0-9]+$/.test(text)) return false
  const changes = text.match(/[a-z](?=[A-Z0-9])|[A-Z](?=[0-9])|\d(?=[A-Za-z])/g)?.length ?? 0
  if (changes >= 3 || (/[a-z][A-Z]/.test(text) && /[A-Z]{2}[a-z]/.test(text))) return true
  return text.length >= 7 && !/[aeiouy\d]/i.test(text)
}
