/** Control characters, and those that turn the direction of a line around. */
const UNPRINTABLE =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Text that came from a person or a device, as one line that cannot steer a terminal. */
export function printable(text: string): string {
  return printableLines(text).replace(/[\t\n\u2028\u2029]/g, ' ')
}

/** The same with its tabs and line breaks. */
export function printableLines(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(UNPRINTABLE, '\ufffd')
}
