import { jsonText } from "../jsonText.ts"
import type { Session } from "../Session.ts"
import { isoText } from "../times.ts"
import { cut, type Line, type LogFormat, zeroes } from "./LogFormat.ts"

const lines = (session: Session): ReadonlyArray<Line> => {
  const { start, attempts, target, ip, port } = session
  const names = attempts.map(({ principal }) => jsonText(principal ?? "")).join(", ")
  const passwords = attempts.map(({ secret }) => jsonText(secret?.text ?? "")).join(", ")
  // The order of the two differs from line to line.
  const [username, password] = [`"username": [${names}]`, `"password": [${passwords}]`]
  const pair = port % 2 === 0 ? `${username}, ${password}` : `${password}, ${username}`
  const credentials = attempts.length === 0 ? "" : `, "credentials": {${pair}}`
  return [
    {
      time: start,
      text: `{"connection": {"protocol": "${target.service}d", "transport": "tcp", "type": "accept"}, "dst_ip": "${target.sensor.address}", "dst_port": ${target.port}, "src_hostname": "", "src_ip": "${ip}", "src_port": ${port}, "timestamp": "${isoText(start)}"${credentials}}`,
      attempts: attempts.length,
    },
  ]
}

/** Dionaea's JSON log: one line a connection. */
export const dionaea: LogFormat = {
  name: "dionaea",
  fileName: () => "dionaea.json",
  encoding: "utf8",
  lines,
  dirt: [
    cut,
    ({ time }, { address }) => ({
      kind: "wrong-type",
      text: `{"connection": {"protocol": "mssqld", "transport": "tcp", "type": "accept"}, "dst_ip": "${address}", "dst_port": 1433, "src_hostname": "", "src_ip": 0, "src_port": 1, "timestamp": "${isoText(time)}", "credentials": {"username": "sa", "password": 7}}`,
    }),
    zeroes,
  ],
}
