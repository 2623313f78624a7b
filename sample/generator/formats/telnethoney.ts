import { jsonTextOrNull } from "../jsonText.ts"
import type { Session } from "../Session.ts"
import { isoText, second } from "../times.ts"
import { cut, type Line, type LogFormat } from "./LogFormat.ts"

const record = (
  time: number,
  ip: string,
  username: string | null,
  password: string | null,
  command: string | null,
): string =>
  `{"timestamp": "${isoText(time)}+00:00", "src_ip": "${ip}", "geo": {"country": "", "country_code": ""}, "ip_class": "unknown", "username": ${jsonTextOrNull(username)}, "password": ${jsonTextOrNull(password)}, "command": ${jsonTextOrNull(command)}, "http_method": null, "http_path": null, "user_agent": null}`

const lines = ({ ip, attempts, commands }: Session): ReadonlyArray<Line> => {
  const made: Array<Line> = attempts.map(({ time, principal, secret }) => ({
    time,
    text: record(time, ip, principal ?? "", secret?.text ?? "", null),
    attempts: 1,
  }))
  let time = attempts.at(-1)?.time ?? 0
  for (const command of commands) {
    time += second
    made.push({ time, text: record(time, ip, null, null, command), attempts: 0 })
  }
  return made
}

/** telnethoney's log: attempts and commands, what does not apply being `null`. */
export const telnethoney: LogFormat = {
  name: "telnethoney",
  fileName: () => "telnethoney.json",
  encoding: "utf8",
  lines,
  dirt: [
    cut,
    ({ time }) => ({
      kind: "wrong-type",
      text: `{"timestamp": "${isoText(time)}+00:00", "src_ip": "192.0.2.1", "username": {"raw": "root"}, "password": 7, "command": null}`,
    }),
  ],
}
