import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { pickSkewed, type Random, seeded } from "./random.ts"

/** A log, and the host whose honeypot wrote it. */
export interface HoneypotLog {
  /** A file, or a directory of files. */
  readonly path: string
  readonly decky: string
}

interface Attempt {
  readonly at: Date
  readonly ip: string
  readonly user: string
  readonly password: string
  readonly n: number
}

type Format = (attempt: Attempt, random: Random) => ReadonlyArray<string>

/**
 * Writes logs of several formats and hosts, so many attempts each, with broken lines among them.
 * The attempts of all draw on the same few users, passwords and addresses, so that findings open
 * all the time and go on growing.
 */
export const writeHoneypotLogs = (
  directory: string,
  seed: number,
  attempts: number,
): ReadonlyArray<HoneypotLog> => {
  const random = seeded(seed)
  const addresses = Array.from({ length: 60 }, (_, n) => `198.51.100.${n + 1}`)
  const users = ["root", "admin", "pi", "operator", "backup", "guest"]
  const passwords = Array.from({ length: 150 }, (_, n) => `brass-${n}`)
  const lines = (format: Format): ReadonlyArray<string> => {
    let at = Date.UTC(2031, 4, 6)
    return Array.from({ length: attempts }, (_, n) => {
      at += 1000 + Math.floor(random() * 5000)
      const attempt = {
        at: new Date(at),
        ip: pickSkewed(random, addresses),
        user: pickSkewed(random, users),
        password: pickSkewed(random, passwords),
        n,
      }
      return random() < 0.01 ? [`{"cut off at ${n}`] : format(attempt, random)
    }).flat()
  }
  const write = (decky: string, name: string, content: ReadonlyArray<string>): HoneypotLog => {
    const path = join(directory, decky, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `${content.join("\n")}\n`)
    return { path, decky }
  }
  // In several files, at the end of each of which some session is open.
  const parts = 3
  const writeParts = (decky: string, content: ReadonlyArray<string>): HoneypotLog => {
    const size = Math.ceil(content.length / parts)
    for (let part = 0; part < parts; part++) {
      write(decky, `cowrie.json.${part}`, content.slice(part * size, (part + 1) * size))
    }
    return { path: join(directory, decky), decky }
  }
  return [
    writeParts("harbour-01", lines(cowrie)),
    write("harbour-02", "telnethoney.json", lines(telnethoney)),
    write("harbour-03", "ssh-honeypot.log", lines(sshHoneypot)),
    write("harbour-04", "log_auth.csv", [heraldingHeader, ...lines(heralding)]),
  ]
}

const attemptsInSession = 6

// Sessions are long enough to be open whenever the process is killed.
const cowrie: Format = ({ at, ip, user, password, n }, random) => {
  const inSession = n % attemptsInSession
  const session = (n - inSession + 0x100000).toString(16).padStart(12, "0")
  const event = (eventid: string, said: object) =>
    JSON.stringify({
      eventid,
      ...said,
      timestamp: at.toISOString().replace("Z", "000Z"),
      src_ip: ip,
      session,
    })
  const outcome = random() < 0.1 ? "success" : "failed"
  const client = { version: "SSH-2.0-brassbell", hassh: "0123456789abcdef0123456789abcdef" }
  const offers = {
    kexAlgs: ["curve-brass"],
    keyAlgs: [],
    encCS: ["aes-brass"],
    macCS: [],
    compCS: [],
  }
  const protocol = random() < 0.5 ? "ssh" : "telnet"
  const begin = [
    event("cowrie.session.connect", { protocol }),
    event("cowrie.client.version", client),
    event("cowrie.client.kex", { ...client, ...offers }),
  ]
  const end = [
    event("cowrie.command.input", { input: `cd /opt/brass; ./bell -n ${n % 7} | tee out` }),
    event("cowrie.session.closed", { duration: 1.5 }),
  ]
  return [
    ...(inSession === 0 ? begin : []),
    event(`cowrie.login.${outcome}`, { username: user, password }),
    ...(inSession === attemptsInSession - 1 ? end : []),
  ]
}

const telnethoney: Format = ({ at, ip, user, password }) => [
  JSON.stringify({
    timestamp: at.toISOString(),
    src_ip: ip,
    username: user,
    password,
    command: null,
  }),
]

// `Tue May  6 10:20:30 2031`
const sshHoneypot: Format = ({ at, ip, user, password }) => {
  const [weekday = "", day = "", month = "", year = "", time = ""] = at
    .toUTCString()
    .replace(",", "")
    .split(" ")
  const padded = String(Number(day)).padStart(2, " ")
  return [`[${weekday} ${month} ${padded} ${time} ${year}] ${ip} ${user} ${password}`]
}

const heraldingHeader =
  "timestamp,auth_id,session_id,source_ip,source_port,destination_ip,destination_port,protocol,username,password,password_hash"

const heralding: Format = ({ at, ip, user, password, n }, random) => {
  const uuid = (kind: string) => `00000000-0000-4000-${kind}-${n.toString(16).padStart(12, "0")}`
  const time = at.toISOString().replace("T", " ").replace("Z", "000")
  const [port, protocol] = random() < 0.5 ? [21, "ftp"] : [110, "pop3"]
  return [
    `${time},${uuid("8000")},${uuid("9000")},${ip},40022,203.0.113.9,${port},${protocol},${user},${password},`,
  ]
}
