/** Which part of a list is shown: `26-50 of 312`. */
export const pageText = (offset: number, shown: number, total: number): string =>
  shown === 0 ? `none of ${total}` : `${offset + 1}-${offset + shown} of ${total}`
