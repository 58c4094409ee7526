// The documents that describe our APIs, judged by the validators of their own specifications. In: {"openrpc": …, "openapi": …}.
// Beside these, every example has to follow the schema it stands beside.

import { text } from 'node:stream/consumers'
import { validateOpenRPCDocument } from '@open-rpc/schema-utils-js'
import { Validator } from '@seriousme/openapi-schema-validator'
import Ajv2020 from 'ajv/dist/2020.js'

const { openrpc, openapi } = JSON.parse(await text(process.stdin))
const wrong = []

const verdict = validateOpenRPCDocument(openrpc)
if (verdict !== true) wrong.push(`OpenRPC: ${verdict.message}`)

const checked = await new Validator().validate(openapi)
if (!checked.valid) wrong.push(`OpenAPI: ${JSON.stringify(checked.errors)}`)

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true })
ajv.addVocabulary(['components'])
ajv.addSchema({ $id: 'ours:', components: openapi.components })
const absolute = (schema) => JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"ours:#/components/'))
let examples = 0

function follows (schema, value, where) {
  const valid = ajv.compile(absolute(schema))
  examples++
  if (!valid(value)) wrong.push(`${where}: ${ajv.errorsText(valid.errors)}`)
}

if (wrong.length > 0) { // what is no document has no examples
  process.stdout.write(JSON.stringify({ wrong, examples }) + '\n')
  process.exit()
}
for (const method of openrpc.methods) {
  for (const example of method.examples ?? []) {
    example.params.forEach((p, i) => follows(method.params[i].schema, p.value, `${method.name}, ${p.name}`))
    follows(method.result.schema, example.result.value, `${method.name}, result`)
  }
}
for (const [path, { post }] of Object.entries(openapi.paths)) {
  for (const content of [post?.requestBody.content, post?.responses['200'].content]) {
    if (content) follows(content['application/json'].schema, content['application/json'].example, path)
  }
}
for (const name of Object.keys(openapi.components.schemas)) ajv.compile({ $ref: `ours:#/components/schemas/${name}` })

process.stdout.write(JSON.stringify({ wrong, examples }) + '\n')
