import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Diagnostic, formatDiagnostic } from './index.ts'

const place = { file: 'bank/gatehouse.yaml', line: 12, column: 5 }
const cases: readonly { name: string; diagnostic: Diagnostic; text: string }[] = [
  {
    name: 'place, code and message',
    diagnostic: { code: 'GH_CONFIG_UNKNOWN_KEY', message: '"tempalte" is not known.', place },
    text: 'bank/gatehouse.yaml:12:5: GH_CONFIG_UNKNOWN_KEY "tempalte" is not known.',
  },
  {
    name: 'the nearest word',
    diagnostic: {
      code: 'GH_CONFIG_UNKNOWN_KEY',
      message: '"tempalte" is not known.',
      place,
      nearest: 'template',
    },
    text: 'bank/gatehouse.yaml:12:5: GH_CONFIG_UNKNOWN_KEY "tempalte" is not known. Did you mean "template"?',
  },
  {
    name: "the catalogue's mend",
    diagnostic: { code: 'GH_CONFIG_YAML_FEATURE', message: 'An anchor.', place },
    text: 'bank/gatehouse.yaml:12:5: GH_CONFIG_YAML_FEATURE An anchor. Write the value out in plain YAML.',
  },
  {
    name: 'a mend after a message without its full stop',
    diagnostic: { code: 'GH_CONFIG_YAML_FEATURE', message: 'An anchor', place },
    text: 'bank/gatehouse.yaml:12:5: GH_CONFIG_YAML_FEATURE An anchor. Write the value out in plain YAML.',
  },
  {
    name: "its own mend before the catalogue's",
    diagnostic: {
      code: 'GH_CONFIG_YAML_FEATURE',
      message: 'An anchor.',
      place,
      nearest: 'x',
      mend: 'Copy it.',
    },
    text: 'bank/gatehouse.yaml:12:5: GH_CONFIG_YAML_FEATURE An anchor. Did you mean "x"? Copy it.',
  },
]
for (const { name, diagnostic, text } of cases) {
  test(`\`formatDiagnostic\` prints ${name}`, () =>
    assert.equal(formatDiagnostic(diagnostic), text))
}

test('`formatDiagnostic` stays on one line when the nearest word holds a line break', () => {
  const text = formatDiagnostic({
    code: 'GH_CONFIG_UNKNOWN_KEY',
    message: 'A key.',
    place,
    nearest: 'a\nb',
  })
  assert.equal(text.split('\n').length, 1)
})
