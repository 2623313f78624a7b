import { appendFileSync, mkdirSync } from "node:fs"
import { join } from "node:path"

// Writes the Cowrie logs of two deckies: logins at a steady rate, about a third of which try again
// on the other decky what was tried before, so that findings open and grow all the time.
// Arguments: directory, logins a second, seconds.
const [directory = "", rate = "2000", seconds = "10"] = process.argv.slice(2)
const tick = 5
const perTick = (Number(rate) * tick) / 1000
const deckies = ["decky-a", "decky-b"]
for (const decky of deckies) mkdirSync(join(directory, decky), { recursive: true })

let written = 0
const line = (): { readonly decky: number; readonly text: string } => {
  const number = written++
  const repeats = number % 3 === 0 && number > 3000
  const pair = repeats ? number - 3000 + 1 : number
  const decky = repeats ? (pair + 1) % 2 : pair % 2
  const now = Date.now() * 1000 + (Math.floor(performance.now() * 1000) % 1000)
  const timestamp = `${new Date(Math.floor(now / 1000)).toISOString().slice(0, 23)}${String(now % 1000).padStart(3, "0")}Z`
  return {
    decky,
    text: `${JSON.stringify({
      eventid: "cowrie.login.failed",
      username: "root",
      password: `pw-${pair}`,
      protocol: "ssh",
      session: number.toString(16).padStart(12, "0"),
      src_ip: `198.51.${(number >> 8) % 256}.${number % 256}`,
      timestamp,
      sensor: "bench",
    })}\n`,
  }
}

const startedAt = performance.now()
const due = (): number => ((performance.now() - startedAt) / tick) * perTick
const timer = setInterval(() => {
  const texts = ["", ""]
  while (written < due()) {
    const { decky, text } = line()
    texts[decky] += text
  }
  for (const [index, text] of texts.entries()) {
    if (text !== "") appendFileSync(join(directory, deckies[index] ?? "", "cowrie.json"), text)
  }
  if (performance.now() - startedAt > Number(seconds) * 1000) {
    clearInterval(timer)
    console.log(JSON.stringify({ written }))
  }
}, tick)
