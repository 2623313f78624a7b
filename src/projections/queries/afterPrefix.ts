/**
 * The bound below which every lower-case hexadecimal text with this beginning lies, so that an
 * index finds them.
 */
export const afterPrefix = (prefix: string): string => `${prefix}g`
