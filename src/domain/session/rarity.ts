import { devicePasswords } from "../secret/defaultPasswords.ts"
import { plaintext, type TriedSecret } from "../secret/secret.ts"

/**
 * Passwords that everybody tries: the defaults of devices that the word lists of Mirai and its kin
 * hold, and those at the head of every list of common passwords.
 */
const common: ReadonlySet<string> = new Set([
  ...devicePasswords,
  ...`admin default support root user pass password admin1234 service supervisor guest system tech
  administrator private pi test tester testing oracle postgres mysql ftp ftpuser nagios ubuntu
  debian centos hadoop git jenkins tomcat minecraft steam teamspeak www www-data daemon operator
  manager monitor login changeme letmein welcome qwerty qwerty123 qwertyuiop qwe123 1q2w3e
  1q2w3e4r 1q2w3e4r5t 1qaz2wsx 1qaz@WSX !QAZ2wsx zaq12wsx qazwsx asdfgh asdf1234 abc123 abcd1234
  a123456 aa123456 passw0rd p@ssw0rd P@ssw0rd P@ssword p@ssword Passw0rd Password Password1
  password1 password123 admin123 admin@123 root123 root@123 toor test123 user123 iloveyou dragon
  monkey master sunshine princess football baseball shadow superman batman trustno1 enable shell
  sh linux server apple free xxxx none null anonymous anonymous@ 123qwe 123abc 12qwaszx vagrant
  docker kali backup sysadm sysadmin abc@123 web webadmin`.split(/\s+/),
])

/**
 * How much it says that this pair was tried, from 0 to 1, by what is known of word lists at large;
 * what is common in a store shows when vectors are compared. It depends on the pair alone, so that
 * the same session has the same fingerprint in every store.
 *
 * - 0: no password, one that everybody tries, the name itself, or a few digits or one character over
 *   and over.
 * - 0.25: the name, or a password that everybody tries, with up to four characters behind it.
 * - 1: anything else.
 */
export const passwordRarity = (principal: string, password: string): number => {
  if (isCommon(principal, password)) return 0
  for (let cut = 1; cut <= 4 && cut < password.length; cut++) {
    if (isCommon(principal, password.slice(0, -cut))) return 0.25
  }
  return 1
}

/**
 * The same for a secret of any kind, before it is sealed. Of an absent one, and of a response to a
 * challenge, which is another one each time, nothing can be said.
 */
export const rarity = (principal: string | null, secret: TriedSecret | null): number =>
  secret === null || secret.kind !== plaintext
    ? 0
    : passwordRarity(principal ?? "", Buffer.from(secret.bytes).toString("latin1"))

const isCommon = (principal: string, password: string): boolean =>
  password.length < 3 ||
  password === principal ||
  common.has(password) ||
  common.has(password.toLowerCase()) ||
  /^(?:\d{1,9}|(.)\1*)$/su.test(password) ||
  "01234567890123456789".includes(password)
