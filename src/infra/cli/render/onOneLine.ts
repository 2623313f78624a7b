/** A message for a line of a list: complaints about the shape of data have one for each place. */
export const onOneLine = (text: string): string => text.replace(/\s*\n\s*/g, " ")
