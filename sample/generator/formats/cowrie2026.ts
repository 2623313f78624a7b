import { hash } from "node:crypto"
import { jsonText } from "../jsonText.ts"
import { type Session, sessionUuid } from "../Session.ts"
import { sshClients } from "../sshClients.ts"
import { isoText, second } from "../times.ts"
import { cut, type Line, type LogFormat, plainLine, zeroes } from "./LogFormat.ts"

const list = (names: ReadonlyArray<string>): string => `[${names.map(jsonText).join(",")}]`
const exchanges = new Map(
  sshClients.map((client) => [
    client,
    `"hassh":"${client.hassh}","hasshAlgorithms":"${client.hasshAlgorithms}","kexAlgs":${list(client.kexAlgs)},"keyAlgs":${list(client.keyAlgs)},"encCS":${list(client.encCS)},"macCS":${list(client.macCS)},"compCS":${list(client.compCS)},"langCS":[""],`,
  ]),
)

/** Since release 3.0.5 every byte but printable ASCII is `\xNN`, and the backslash is doubled. */
const escaped = (text: string): string =>
  /^[ -[\]-~]*$/.test(text)
    ? text
    : Buffer.from(text, "utf8")
        .toString("latin1")
        .replace(/[^ -[\]-~]/g, (byte) =>
          byte === "\\" ? "\\\\" : `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`,
        )

const lines = (session: Session): ReadonlyArray<Line> => {
  const { ip, port, start, end, client, target, attempts, commands } = session
  const id = session.id.slice(0, 12)
  const { name, address } = target.sensor
  const ends = `{"session":"${id}","protocol":"${target.service}","src_ip":"${ip}","src_port":${port},"dst_ip":"${address}","dst_port":${target.port},`
  const sensor = sessionUuid(hash("md5", name))
  const line = (time: number, own: string, event: string, message: string, tries = 0): Line => ({
    time,
    text: `${ends}${own}"eventid":"cowrie.${event}","sensor":"${name}","uuid":"${sensor}","timestamp":"${isoText(time)}Z","message":${jsonText(message)}}`,
    attempts: tries,
  })

  const made: Array<Line> = [
    line(
      start,
      "",
      "session.connect",
      `New connection: ${ip}:${port} (${address}:${target.port}) [session: ${id}]`,
    ),
  ]
  const speaksSsh = target.service === "ssh"
  if (speaksSsh && session.reached !== "connect") {
    const own = `"version":"${client.version}",`
    const message = `Remote SSH version: ${client.version}`
    made.push(line(start + 60_000, own, "client.version", message))
  }
  if (speaksSsh && session.reached === "kex") {
    const message = `SSH client hassh fingerprint: ${client.hassh}`
    made.push(line(start + 130_000, exchanges.get(client) ?? "", "client.kex", message))
  }
  for (const { time, principal, secret, accepted } of attempts) {
    const username = escaped(principal ?? "")
    const password = escaped(secret?.text ?? "")
    const own = `"username":${jsonText(username)},"password":${jsonText(password)},`
    const [event, result] = accepted ? ["success", "succeeded"] : ["failed", "failed"]
    const message = `login attempt [${username}/${password}] ${result}`
    made.push(line(time, own, `login.${event}`, message, 1))
  }
  let time = (attempts.at(-1)?.time ?? start) + 100_000
  for (let count = 0; count < session.forwards; count++) {
    const from = (port + count) % 20_000
    const own = `"orig_ip":"127.0.0.1","orig_port":${from},`
    const message = `direct-tcp connection request to mail.example.net:25 from 127.0.0.1:${from}`
    const { text } = line(time, own, "direct-tcpip.request", message)
    // The destination asked for stands where the honeypot's own stands in every other event.
    const honeypot = `"dst_ip":"${address}","dst_port":${target.port}`
    const forwarded = `"dst_ip":"mail.example.net","dst_port":25`
    made.push(plainLine(time, text.replace(honeypot, forwarded)))
    time += 20_000
  }
  for (const command of commands) {
    time += second
    made.push(line(time, `"arch":"linux-x64-lsb",`, "session.params", ""))
    made.push(line(time, `"input":${jsonText(command)},`, "command.input", `CMD: ${command}`))
    const shasum = hash("sha256", command)
    const own = `"ttylog":"var/lib/cowrie/tty/${shasum}","size":${command.length},"shasum":"${shasum}","duplicate":true,"duration_ms":200,`
    const message = `Closing TTY Log: var/lib/cowrie/tty/${shasum} after 200 milliseconds`
    made.push(line(time + 200_000, own, "log.closed", message))
  }
  const lasted = Math.floor((end - start) / 1000)
  const message = `Connection lost after ${lasted} milliseconds`
  made.push(line(end, `"duration_ms":${lasted},`, "session.closed", message))
  return made
}

/** Cowrie's log as it is in 2026: `session` first, both ends of the connection in every event. */
export const cowrie2026: LogFormat = {
  name: "cowrie",
  fileName: (day) => `cowrie.json.${day}`,
  compressedFiles: 2,
  encoding: "utf8",
  lines,
  dirt: [
    cut,
    zeroes,
    ({ time }, { name }) => ({
      kind: "wrong-type",
      text: `{"session":"000000000000","protocol":"ssh","src_ip":null,"username":"root","password":{"raw":"x"},"eventid":"cowrie.login.failed","sensor":"${name}","timestamp":"${isoText(time)}Z","message":""}`,
    }),
  ],
  repeatsStretch: true,
}
