/** Passwords that devices come with and that the word lists of Mirai and its kin began with. */
export const devicePasswords: ReadonlyArray<string> =
  `xc3511 vizxv xmhdipc juantech smcadmin klv123 klv1234 ubnt Zte521 hi3518 jvbzd anko zlxx.
  7ujMko0vizxv 7ujMko0admin ikwb dreambox realtek meinsm fucker oelinux123 GM8182 hunt5759
  telecomadmin twe8ehome h3c nmgx_wapia ROOT500 juniper123 e8ehome e8telnet cisco raspberry
  raspberryarabox Huawei@123 huawei huawei123 synopsys netscreen zyad1234 dvr2580222 tlJwpbo6
  S2fGqNFs antslq cat1029 IPCam@sw ipcam_rt5350 hikvision alpine`.split(/\s+/)

/** More of them, from manuals and from the word lists of later botnets. */
const morePasswords =
  `hdipc%No 2011vsta tsgoingon solokey swsbzkgn LSiuY7pOmZG2s telnetadmin cxlinux grouter ttnet
  Admin@tbroad 1001chin t0talc0ntr0l4! ho4uku6at Win1doW$ inflection vertex25ektks123 MayGion
  calvin nas4free openelec libreelec osmc ceadmin unisheen wbox123 adslroot adslnadam aquario
  gpon stdONU101 stdONUi0i privacymodem epicrouter fliradmin zhone lantronix acs100 3ep5w2u
  QNXDefault ztedslad airtel@123 Uq-4GIt3M bananapi orangepi rock64 pfsense Cisco123 cisco123
  C1sco12345 admintelecom chzhdpl nE7jA%5m CMCCAdmin aDm8H%MdA epuser userEp ZXAPUSER dasdec1
  dahua hs7mwxkk abnareum10 ADMINpldt hipc3518 founder88 taZz@23495859 20150602 cat1028`.split(
    /\s+/,
  )

const all: ReadonlySet<string> = new Set([...devicePasswords, ...morePasswords])

/** Whether a password is known as the default of a device or from the word list of a botnet. */
export const isDefaultPassword = (password: string): boolean => all.has(password)
