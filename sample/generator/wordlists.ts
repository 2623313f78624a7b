import { mix, pick } from "./random.ts"

/** What an attacker tries. A `null` password is one that the sensor never came to know. */
export interface Credential {
  readonly principal: string
  readonly password: string | null
}

const pair = (principal: string, password: string): Credential => ({ principal, password })

/** Pairs that everybody tries, the commonest first. */
export const popularDefaults: readonly [Credential, ...ReadonlyArray<Credential>] = [
  pair("root", "123456"),
  pair("admin", "admin"),
  pair("root", "root"),
  pair("root", "password"),
  pair("admin", "123456"),
  pair("user", "user"),
  pair("test", "test"),
  pair("root", "admin"),
  pair("admin", "password"),
  pair("guest", "guest"),
  pair("root", "12345678"),
  pair("ubuntu", "ubuntu"),
  pair("support", "support"),
  pair("root", "1234"),
  pair("oracle", "oracle"),
  pair("postgres", "postgres"),
  pair("admin", "1234"),
  pair("root", "toor"),
  pair("ftpuser", "ftpuser"),
  pair("pi", "raspberry"),
]

/** What worms try on things with a Telnet port. */
export const deviceDefaults: readonly [Credential, ...ReadonlyArray<Credential>] = [
  pair("root", "root"),
  pair("admin", "admin"),
  pair("root", "default"),
  pair("root", "12345"),
  pair("admin", "admin1234"),
  pair("root", "camera-7"),
  pair("root", "setup"),
  pair("service", "service"),
  pair("admin", "router"),
  pair("guest", "12345"),
  pair("root", "dvr2580"),
  pair("tech", "tech"),
  pair("root", "ipcam99"),
  pair("default", "default"),
  pair("supervisor", "supervisor"),
  pair("admin", "meter01"),
  pair("root", "gateway"),
  pair("operator", "operator"),
  pair("root", ""),
  pair("admin", ""),
]

/** What such a worm types next, whether or not it was let in: it lands in the login fields. */
export const shellWords: ReadonlyArray<Credential> = [pair("enable", "system"), pair("shell", "sh")]

const accounts = [
  ...["admin", "user", "test", "oracle", "postgres", "git", "deploy", "ftp", "www", "mysql"],
  ...["backup", "jenkins", "hadoop", "nagios", "tomcat", "dev", "student", "support", "ubuntu"],
  ...["minecraft", "steam", "elastic", "zabbix", "ansible", "web", "demo", "server", "teamspeak"],
] as const

const syllables = [
  ...["ba", "bel", "cor", "da", "del", "di", "er", "fa", "fen", "ga", "gor", "ha", "hel", "in"],
  ...["ja", "jo", "ka", "kel", "la", "lin", "lo", "ma", "mel", "mi", "na", "nor", "o", "pa"],
  ...["per", "qui", "ra", "ren", "ro", "sa", "sel", "si", "ta", "ter", "ti", "u", "va", "vel"],
  ...["vi", "wa", "wen", "xi", "ya", "za"],
] as const

const words = [
  ...["password", "qwerty", "admin", "welcome", "server", "secret", "dragon", "summer", "winter"],
  ...["master", "hello", "monkey", "shadow", "super", "linux", "changeme", "letmein", "spring"],
  ...["orchid", "harbour", "copper", "lantern", "walnut", "meadow", "falcon", "granite", "amber"],
  ...["juniper", "cobalt", "saddle", "timber", "violet", "pepper", "rocket", "planet", "ginger"],
  ...["silver", "castle", "river", "marble", "comet", "canyon", "willow", "thunder", "puzzle"],
] as const

const marks = ["!", "@", "#", "$", "_", "-", ".", "*"] as const
// Whatever else turns up in lists: letters beyond ASCII, quotes, commas, spaces at the end.
const oddities = [
  ...["pa ss", "zäune", 'do"uble', "com,ma", "l'été", "ключ", "密码", "tab\there", "back\\slash"],
  ...["brack]et", "trailing ", "šaltinis", "semi;colon", "per%cent"],
] as const

/** A made-up name of two or three syllables. */
export const personName = (number: number): string => {
  const start = pick(syllables, number & 0xff) + pick(syllables, (number >>> 8) & 0xff)
  return number % 3 === 0 ? start + pick(syllables, (number >>> 16) & 0xff) : start
}

/** A made-up password, the same for the same number. */
export const passwordOf = (number: number): string => {
  const detail = mix(number, 77)
  const word = pick(words, detail & 0xff)
  const digits = (detail >>> 8) % 10_000
  const mark = pick(marks, detail >>> 21)
  const capital = word.charAt(0).toUpperCase() + word.slice(1)
  switch (number % 16) {
    case 0:
    case 1:
      return word + digits
    case 2:
      return capital + mark + digits
    case 3:
      return `${capital}${2010 + (digits % 17)}${mark}`
    case 4:
    case 5:
      return String(digits * 7919 + (detail & 0xfff))
    case 6:
      return personName(detail) + (digits % 1000)
    case 7:
      return word + pick(words, detail >>> 14)
    case 8:
      return `${digits}${word}`
    case 9:
      return personName(detail)
    case 10:
      return `1qaz${mark}${word}`
    case 11:
      return `${word}${mark}${word}${digits % 100}`
    case 12:
      return detail.toString(36)
    case 13:
      return `${personName(detail)}${mark}${digits}`
    case 14:
      return number % 32 === 14 ? "" : `abc${digits}${mark}`
    default:
      return number % 20 === 15 ? pick(oddities, detail) + (digits % 10) : `${capital}${digits}`
  }
}

/** How a word list divides its user names: shares of root and of well-known accounts. */
export interface ListStyle {
  readonly root: number
  readonly accounts: number
  /** Of the other names, how many are tried with the name itself as the password. */
  readonly sameAsName: number
}

/** Entry `index` of the word list `list`; nothing is kept, the entry follows from the two. */
export const listEntry = (list: number, index: number, style: ListStyle): Credential => {
  const number = mix(list, index)
  const share = (mix(number, 5) & 0xffff) / 0x10000
  const passwordNumber = mix(number, 6)
  if (share < style.root) return { principal: "root", password: passwordOf(passwordNumber) }
  const wellKnown = share < style.root + style.accounts
  const principal = wellKnown ? pick(accounts, mix(number, 7)) : personName(mix(number, 8))
  const same = (passwordNumber & 0xff) / 0x100 < style.sameAsName
  return { principal, password: same ? principal : passwordOf(passwordNumber) }
}
