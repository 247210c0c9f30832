const CITED_CHARACTERS = 60

/** An input as an error may name it: quoted, printable and short, whatever it was. */
export function cite(text: string): string {
  const printable = text.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '\ufffd')
  const characters = [...printable]
  return characters.length > CITED_CHARACTERS
    ? `"${characters.slice(0, CITED_CHARACTERS).join('')}..."`
    : `"${printable}"`
}
