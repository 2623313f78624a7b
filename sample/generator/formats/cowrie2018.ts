import { jsonText } from "../jsonText.ts"
import type { Session } from "../Session.ts"
import { sshClients } from "../sshClients.ts"
import { dayText, isoText, second } from "../times.ts"
import { cut, type Line, type LogFormat, plainLine, zeroes } from "./LogFormat.ts"

const list = (names: ReadonlyArray<string>): string => `[${names.map(jsonText).join(", ")}]`
const offers = new Map(
  sshClients.map((client) => [
    client,
    `"kexAlgs": ${list(client.kexAlgs)}, "keyAlgs": ${list(client.keyAlgs)}, "encCS": ${list(client.encCS)}, "macCS": ${list(client.macCS)}, "compCS": ${list(client.compCS)}`,
  ]),
)

const lines = (session: Session): ReadonlyArray<Line> => {
  const { ip, port, start, end, client, target, attempts, commands } = session
  const id = session.id.slice(0, 12)
  const sensor = `deadbeef${String(target.sensor.number).padStart(4, "0")}`
  const transport = `HoneyPotSSHTransport,${port % 5000},${ip}`
  const where = `"src_ip": "${ip}", "session": "${id}", "sensor": "${sensor}"`
  const stamp = (time: number): string => `"timestamp": "${isoText(time)}Z"`
  const service = (name: string): string =>
    `"system": "SSHService 'ssh-${name}' on ${transport}", "isError": 0`

  const made: Array<Line> = [
    plainLine(
      start,
      `{"eventid": "cowrie.session.connect", "src_ip": "${ip}", "src_port": ${port}, ${stamp(start)}, "message": "New connection: ${ip}:${port} (${target.sensor.address}:2222) [session: ${id}]", "dst_ip": "${target.sensor.address}", "system": "cowrie.ssh.factory.CowrieSSHFactory", "protocol": "ssh", "isError": 0, "session": "${id}", "dst_port": 2222, "sensor": "${sensor}"}`,
    ),
  ]
  if (session.reached !== "connect") {
    const time = start + 80_000
    made.push(
      plainLine(
        time,
        `{"session": "${id}", "message": "Remote SSH version: ${client.version}", "system": "${transport}", "isError": 0, "src_ip": "${ip}", "version": "${client.version}", ${offers.get(client)}, "sensor": "${sensor}", "eventid": "cowrie.client.version", ${stamp(time)}}`,
      ),
    )
  }
  for (const { time, principal, secret, accepted } of attempts) {
    const username = principal ?? ""
    const password = secret?.text ?? ""
    const [event, result] = accepted ? ["success", "succeeded"] : ["failed", "failed"]
    made.push({
      time,
      text: `{"eventid": "cowrie.login.${event}", "username": ${jsonText(username)}, ${stamp(time)}, "message": ${jsonText(`login attempt [${username}/${password}] ${result}`)}, ${service("userauth")}, "src_ip": "${ip}", "session": "${id}", "password": ${jsonText(password)}, "sensor": "${sensor}"}`,
      attempts: 1,
    })
  }
  let time = (attempts.at(-1)?.time ?? start) + 100_000
  const channel = service("connection")
  const forwarded = `"dst_ip": "mail.example.net", "dst_port": 25`
  for (let count = 0; count < session.forwards; count++) {
    const from = (port + count) % 20_000
    made.push(
      plainLine(
        time,
        `{"eventid": "cowrie.direct-tcpip.request", ${stamp(time)}, ${forwarded}, ${channel}, "src_port": ${from}, "message": "direct-tcp connection request to mail.example.net:25 from 127.0.0.1:${from}", ${where}}`,
      ),
    )
    time += 20_000
    made.push(
      plainLine(
        time,
        `{"eventid": "cowrie.direct-tcpip.data", ${stamp(time)}, ${where}, ${channel}, ${forwarded}, "data": "'EHLO host.example\\\\r\\\\n'", "message": "discarded direct-tcp forward request to mail.example.net:25 with data 'EHLO host.example\\\\r\\\\n'"}`,
      ),
    )
  }
  const log = `log/tty/${dayText(start).replaceAll("-", "")}-${id}-0i.log`
  for (const [index, command] of commands.entries()) {
    if (index === 0) {
      made.push(
        plainLine(
          time,
          `{"eventid": "cowrie.log.open", "ttylog": "${log}", ${stamp(time)}, "message": "Opening TTY Log: ${log}", ${channel}, ${where}}`,
        ),
      )
    }
    time += second
    made.push(
      plainLine(
        time,
        `{"eventid": "cowrie.command.input", ${stamp(time)}, "message": ${jsonText(`CMD: ${command}`)}, ${channel}, ${where}, "input": ${jsonText(command)}}`,
      ),
    )
  }
  if (commands.length > 0) {
    made.push(
      plainLine(
        time + 400_000,
        `{"eventid": "cowrie.log.closed", ${stamp(time + 400_000)}, "message": "Closing TTY Log: ${log} after ${commands.length} seconds", "ttylog": "${log}", ${channel}, "duration": ${commands.length}.4, "size": 656, ${where}}`,
      ),
    )
  }
  const duration = (end - start) / second
  made.push(
    plainLine(
      end,
      `{"eventid": "cowrie.session.closed", ${stamp(end)}, "message": "Connection lost after ${Math.floor(duration)} seconds", "system": "${transport}", "isError": 0, "duration": ${duration}, ${where}}`,
    ),
  )
  return made
}

/** Cowrie's log as it was in 2018: spaces after commas, `system` and `isError`, no key exchange. */
export const cowrie2018: LogFormat = {
  name: "cowrie",
  fileName: (day) => `cowrie.json.${day}`,
  encoding: "utf8",
  lines,
  dirt: [
    cut,
    ({ time }) => ({
      kind: "wrong-type",
      text: `{"eventid": "cowrie.login.failed", "username": "root", "timestamp": "${isoText(time)}Z", "message": "", "src_ip": 3221225985, "session": "000000000000", "password": ["x"], "sensor": ""}`,
    }),
    zeroes,
  ],
}
