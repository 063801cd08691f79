// A page with the form that react-jsonschema-form builds from the schema of one kind. `openForm` in form.test.ts bundles and opens it.
import { validate } from '@rex/sdk/referral'
import { texts } from '@rex/sdk/referral/forms/ar'
import { label } from '@rex/sdk/referral/labels'
import { formats, formSchema } from '@rex/sdk/referral/schema'
import Form, { getDefaultRegistry } from '@rjsf/core'
import type { WidgetProps } from '@rjsf/utils'
import { customizeValidator } from '@rjsf/validator-ajv8'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { createElement } from 'react'
import { createRoot } from 'react-dom/client'

/** The form to show: a kind, the language of the labels, and the sections (default: all). */
interface Shown {
  readonly kind: string
  readonly locale: string
  readonly sections: readonly string[]
}

const { kind, locale, sections } = (window as unknown as { shown: Shown }).shown
const schema = formSchema(kind, {
  label: (list, code) => label(list, code, locale),
  ...(locale === 'ar' && { texts }),
})
const properties = schema.properties as Readonly<Record<string, unknown>>
const shown = {
  ...schema,
  properties: Object.fromEntries(Object.entries(properties).filter(([name]) => sections.includes(name))),
}

const { TextWidget, TextareaWidget } = getDefaultRegistry().widgets as Record<string, never>
/** Maximum length of a single-line text. Longer texts are accounts and notes, which get several lines. */
const LONGEST_LINE = 4096

const element = createElement(Form, {
  schema: shown as never,
  validator: customizeValidator({ AjvClass: Ajv2020 as never, customFormats: formats as never }),
  // Do not preselect a code or add empty entries or sections, so that the form states nothing that nobody has filled in.
  experimental_defaultFormStateBehavior: {
    constAsDefaults: 'never',
    arrayMinItems: { populate: 'never' },
    emptyObjectFields: 'skipEmptyDefaults',
  },
  uiSchema: {
    // Show an optional section or list only when the user adds it.
    'ui:globalOptions': { enableOptionalDataFieldForType: ['object', 'array'] },
  },
  widgets: {
    TextWidget: (props: WidgetProps) =>
      createElement((props.schema.maxLength ?? 0) > LONGEST_LINE ? TextareaWidget : TextWidget, props),
  },
  showErrorList: 'top',
  noHtml5Validate: true,
  onSubmit: ({ formData }: { formData?: unknown }) => {
    Object.assign(window, { filled: formData, validation: validate(formData) })
  },
} as never)
createRoot(document.body.appendChild(document.createElement('main'))).render(element)
