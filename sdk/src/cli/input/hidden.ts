// Converts keystrokes to a line that is typed without echo. docs/guide/rex-desk.md

/** The text typed so far, and whether the line is finished. */
export interface HiddenLine {
  readonly text: string
  readonly state: 'open' | 'done' | 'interrupted'
}

/** Adds typed or pasted characters to the line. Enter ends it, Backspace and Ctrl-U delete, Ctrl-C and Ctrl-D cancel. */
export function typeHidden(before: string, typed: string): HiddenLine {
  let text = before
  for (const key of typed) {
    if (key === '\r' || key === '\n') return { text, state: 'done' }
    if (key === '\u0003' || key === '\u0004') return { text: '', state: 'interrupted' }
    if (key === '\u007f' || key === '\b') text = [...text].slice(0, -1).join('')
    else if (key === '\u0015') text = ''
    else if (!/\p{Cc}/u.test(key)) text += key
  }
  return { text, state: 'open' }
}
