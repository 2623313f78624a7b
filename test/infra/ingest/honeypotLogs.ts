/** One made-up attempt; the `n`-th has its own time, session, user and password. */
const clock = (n: number): string => new Date(Date.UTC(2026, 2, 1) + n * 1000).toISOString()

const address = (n: number): string => `192.0.2.${(n % 200) + 1}`

/** A login event of Cowrie, without its line end. */
export const cowrieLine = (n: number, said: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    eventid: "cowrie.login.failed",
    username: `user-${n}`,
    password: `invented-${n}`,
    message: `login attempt [user-${n}/invented-${n}] failed`,
    sensor: "trap-01",
    timestamp: clock(n).replace("Z", "000Z"),
    src_ip: address(n),
    session: n.toString(16).padStart(12, "0"),
    protocol: "ssh",
    ...said,
  })

/** Login events of Cowrie, the `from`-th to the one before `to`, a line each. */
export const cowrieLog = (
  from: number,
  to: number,
  said?: Readonly<Record<string, unknown>>,
): string =>
  numbers(from, to)
    .map((n) => `${cowrieLine(n, said)}\n`)
    .join("")

export const heraldingHeader =
  "timestamp,auth_id,session_id,source_ip,source_port,destination_ip,destination_port,protocol,username,password,password_hash\n"

/** A row of Heralding's `log_auth.csv`, with its line end; the password is quoted. */
export const heraldingRow = (n: number, password = `invented-${n}`): string => {
  const time = clock(n).replace("T", " ").replace("Z", "000")
  const quoted = `"${password.replaceAll('"', '""')}"`
  return `${time},${uuid(n)},${uuid(n + 500_000)},${address(n)},4${n % 1000},198.51.100.9,22,ssh,user-${n},${quoted},\n`
}

/** Rows of Heralding's `log_auth.csv` below their header. */
export const heraldingLog = (from: number, to: number): string =>
  heraldingHeader +
  numbers(from, to)
    .map((n) => heraldingRow(n))
    .join("")

const uuid = (n: number): string => `00000000-0000-4000-8000-${n.toString(16).padStart(12, "0")}`

const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

/** An attempt as droberson's ssh-honeypot writes it, without its line end. */
export const sshHoneypotLine = (n: number, password = `invented-${n}`): string => {
  const at = new Date(clock(n))
  const day = String(at.getUTCDate()).padStart(2, " ")
  const time = clock(n).slice(11, 19)
  const stamp = `${days[at.getUTCDay()]} ${months[at.getUTCMonth()]} ${day} ${time} ${at.getUTCFullYear()}`
  return `[${stamp}] ${address(n)} user-${n} ${password}`
}

export const numbers = (from: number, to: number): ReadonlyArray<number> =>
  Array.from({ length: to - from }, (_, index) => from + index)

/** The passwords of attempts, which tell them apart. */
export const passwords = (from: number, to: number): ReadonlyArray<string> =>
  numbers(from, to).map((n) => `invented-${n}`)
