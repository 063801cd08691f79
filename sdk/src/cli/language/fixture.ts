// Finds the texts in source files: literals, with the code before them. docs/guide/rex-desk.md, "Languages"

/** A string or template literal in a source file. */
export interface Literal {
  /** The text, with a numbered placeholder for each value. */
  readonly key: string
  /** The tag of a template, such as `t`. Empty for a string, or a template without a tag. */
  readonly tag: string
  /** The name of the property whose value the literal is, such as `done`. */
  readonly property: string
  /** The calls and constructors whose arguments contain the literal, outermost first. */
  readonly within: readonly string[]
  /** Index in the source at which the literal begins. */
  readonly at: number
  readonly end: number
  readonly isTemplate: boolean
}

/** Matches code after which a slash begins a regular expression. */
const BEFORE_REGEX = /(?:^|[(,=:[!&|?{};+\-*%<>~]|\b(?:return|typeof|case|in|of))\s*$/

/** Returns the literals of a source, in order. Joins strings that are added to each other. */
export function literalsOf(source: string): Literal[] {
  return new Scanner(source).all()
}

class Scanner {
  readonly #source: string
  readonly #found: Literal[] = []
  readonly #within: string[] = []
  #at = 0

  constructor(source: string) {
    this.#source = source
  }

  all(): Literal[] {
    this.#code('')
    return joined(this.#found, this.#source)
  }

  /** Reads code up to an unmatched closing brace, or to the end. */
  #code(end: string): void {
    while (this.#at < this.#source.length) {
      const c = this.#source[this.#at] as string
      if (c === end) return
      if (c === '/' && this.#comment()) continue
      if (c === "'" || c === '"') this.#string(c)
      else if (c === '`') this.#template()
      else if ('([{'.includes(c)) this.#group(c)
      else if (c === '/' && BEFORE_REGEX.test(this.#source.slice(Math.max(0, this.#at - 20), this.#at)))
        this.#regex()
      else this.#at += 1
    }
  }

  #group(open: string): void {
    const before = /([\w$.]+)$/.exec(this.#source.slice(Math.max(0, this.#at - 60), this.#at))?.[1] ?? ''
    this.#within.push(open === '(' ? before : '')
    this.#at += 1
    this.#code({ '(': ')', '[': ']', '{': '}' }[open] as string)
    this.#at += 1
    this.#within.pop()
  }

  #comment(): boolean {
    const [two, rest] = [this.#source.slice(this.#at, this.#at + 2), this.#source.indexOf('\n', this.#at)]
    if (two === '//') this.#at = rest < 0 ? this.#source.length : rest
    else if (two === '/*') this.#at = this.#source.indexOf('*/', this.#at) + 2
    else return false
    return true
  }

  #regex(): void {
    let isInClass = false
    for (this.#at += 1; this.#source[this.#at] !== '/' || isInClass; this.#at += 1) {
      const c = this.#source[this.#at]
      if (c === '\\') this.#at += 1
      else if (c === '[') isInClass = true
      else if (c === ']') isInClass = false
    }
    this.#at += 1
  }

  #string(quote: string): void {
    const at = this.#at
    for (this.#at += 1; this.#source[this.#at] !== quote; this.#at += 1)
      if (this.#source[this.#at] === '\\') this.#at += 1
    this.#at += 1
    this.#keep(at, cooked(this.#source.slice(at + 1, this.#at - 1)), false)
  }

  #template(): void {
    const at = this.#at
    let [key, values] = ['', 0]
    for (this.#at += 1; this.#source[this.#at] !== '`'; ) {
      if (this.#source.startsWith('${', this.#at)) {
        this.#within.push('')
        this.#at += 2
        this.#code('}')
        this.#at += 1
        this.#within.pop()
        key += `{${values}}`
        values += 1
      } else {
        const length = this.#source[this.#at] === '\\' ? 2 : 1
        key += cooked(this.#source.slice(this.#at, this.#at + length))
        this.#at += length
      }
    }
    this.#at += 1
    this.#keep(at, key, true)
  }

  #keep(at: number, key: string, isTemplate: boolean): void {
    const before = this.#source.slice(Math.max(0, at - 60), at)
    const tag = isTemplate ? (/([\w$]+)$/.exec(before)?.[1] ?? '') : ''
    const property = /([\w$]+): (?:t|later)?$/.exec(before)?.[1] ?? ''
    this.#found.push({
      key,
      tag: tag === 'return' ? '' : tag,
      property,
      within: [...this.#within],
      at,
      end: this.#at,
      isTemplate,
    })
  }
}

function cooked(text: string): string {
  return text.replaceAll(/\\(?:u\{([0-9a-f]+)\}|u([0-9a-f]{4})|(.))/gs, (_, code, four, c) =>
    code !== undefined || four !== undefined
      ? String.fromCodePoint(Number.parseInt(code ?? four, 16))
      : ({ n: '\n', t: '\t' }[c as string] ?? c),
  )
}

/** Joins literals that have only a plus sign between them in the source. */
function joined(found: readonly Literal[], source: string): Literal[] {
  const all: Literal[] = []
  for (const one of [...found].sort((a, b) => a.at - b.at)) {
    const last = all.at(-1)
    if (last !== undefined && last.end <= one.at && /^\s*\+\s*$/.test(source.slice(last.end, one.at))) {
      const offset = (last.key.match(/\{\d\}/g) ?? []).length
      const key = one.key.replaceAll(/\{(\d)\}/g, (_, n) => `{${Number(n) + offset}}`)
      all[all.length - 1] = { ...last, key: last.key + key, end: one.end }
    } else all.push(one)
  }
  return all
}

/** Tags of the texts that people read. */
const SAID: readonly string[] = ['t', 'later', 'safety']

/** Returns the texts of a source file that are translated to the language of the run. */
export const saidIn = (source: string): string[] =>
  literalsOf(source).flatMap(({ key, tag }) => (SAID.includes(tag) ? [key] : []))

const SENTENCE = /[A-Za-z]{2,}[,.:;?!]? [A-Za-z]/
/** Calls whose arguments are help texts, which are translated separately, or texts that people do not see. */
const OTHER =
  /^(?:\.?(?:summary|description|option|requiredOption|argument|addHelpText)|Option|Argument|example|helpExample|name|element|code|commands)$/

/** Returns the texts of errors in a source file. */
export const erringIn = (source: string): string[] =>
  literalsOf(source).flatMap(({ key, tag, within }) =>
    /[a-z] /.test(key) && tag === '' && within.some((call) => /Error$/.test(call)) ? [key] : [],
  )

/** Returns the sentences of a source file that are neither translated nor part of a help text or an error. */
export const unsaidIn = (source: string): string[] =>
  literalsOf(source).flatMap(({ key, tag, within, property }) =>
    SENTENCE.test(key) &&
    tag === '' &&
    !['summary', 'example', 'path'].includes(property) &&
    !within.some((call) => OTHER.test(call) || /Error$/.test(call))
      ? [key]
      : [],
  )
