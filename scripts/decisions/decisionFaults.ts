const fileName = /^(\d{4})-[a-z0-9]+(-[a-z0-9]+)*\.md$/
const dateAndStatus =
  /^(\d{4}-\d{2}-\d{2}) · (accepted|superseded by \[\d{4}\]\(\d{4}-[a-z0-9-]+\.md\))$/
const sections = ["Context", "Decision", "Numbers", "Consequences", "Rejected"]
const required = ["Context", "Decision", "Rejected"]

/**
 * What is wrong with the decision records: `records` is their text by file name, `index` the page
 * that lists them. A record is `NNNN-sentence.md`, numbered without holes in the order of dates.
 */
export const decisionFaults = (
  records: ReadonlyMap<string, string>,
  index: string,
): ReadonlyArray<string> => {
  const names = [...records.keys()].sort()
  const listed = [...index.matchAll(/^- \[(.*)\]\(decisions\/(.*)\)$/gm)]
  const faults = names.flatMap((name, at) => {
    const number = fileName.exec(name)?.[1]
    if (number === undefined) return [`${name}: the name is not NNNN-sentence.md`]
    const expected = String(at + 1).padStart(4, "0")
    const text = records.get(name) ?? ""
    const previous = dateOf(records.get(names[at - 1] ?? "") ?? "")
    const title = text.split("\n", 1)[0] ?? ""
    return [
      ...(number === expected ? [] : [`${name}: the next number is ${expected}`]),
      ...(title.startsWith(`# ${number}. `)
        ? []
        : [`${name}: the title is not "# ${number}. ..."`]),
      ...(listed.some(([, shown, file]) => file === name && `# ${shown}` === title)
        ? []
        : [`${name}: docs/README.md does not list it by its title`]),
      ...headFaults(name, text, previous),
      ...sectionFaults(name, text),
    ]
  })
  const order = listed.map(([, , file]) => file ?? "")
  return [
    ...faults,
    ...order.filter((file) => !records.has(file)).map((file) => `${file}: listed, but not there`),
    ...(order.join() === order.toSorted().join() ? [] : ["docs/README.md: not in order of number"]),
  ]
}

const dateOf = (text: string): string => dateAndStatus.exec(text.split("\n")[2] ?? "")?.[1] ?? ""

const headFaults = (name: string, text: string, previous: string): ReadonlyArray<string> => {
  const date = dateOf(text)
  if (date === "") return [`${name}: the third line is not "YYYY-MM-DD · accepted"`]
  return date < previous ? [`${name}: is dated before the record before it`] : []
}

const sectionFaults = (name: string, text: string): ReadonlyArray<string> => {
  const found = [...text.matchAll(/^## (.*)$/gm)].map(([, title]) => title ?? "")
  return required
    .filter((section) => !found.includes(section))
    .map((section) => `${name}: has no section "${section}" (sections: ${sections.join(", ")})`)
}
