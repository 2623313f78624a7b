/** Does the work of one side of a benchmark and prints what it took, as `paired` reads it. */
export const side = async (work: () => number | Promise<number>): Promise<void> => {
  const startedAt = performance.now()
  const before = process.cpuUsage()
  const events = await work()
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(before)
  const peakMegabytes = process.resourceUsage().maxRSS / 1024
  console.log(JSON.stringify({ events, seconds, cpuSeconds: (user + system) / 1e6, peakMegabytes }))
}
