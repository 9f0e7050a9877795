// docs/brink.schema.json takes and refuses what brink does, as far as a schema can say it: the same
// documents as in tests/unit/config/documents_test.cc.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { repository } from './lib/files.mjs';

const read = (file) => JSON.parse(readFileSync(path.join(repository, file), 'utf8'));

const typeOf = (value) => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (Number.isInteger(value)) return 'integer';
  return typeof value;
};

/** Each keyword of JSON Schema that brink's has, and whether a value meets it. */
const keywords = {
  type: (wanted, value) => typeOf(value) === wanted,
  enum: (choices, value) => choices.includes(value),
  const: (only, value) => value === only,
  anyOf: (schemas, value) => schemas.some((schema) => takes(schema, value)),
  minimum: (least, value) => typeof value !== 'number' || value >= least,
  maximum: (most, value) => typeof value !== 'number' || value <= most,
  pattern: (pattern, value) => typeof value !== 'string' || new RegExp(pattern, 'u').test(value),
  minItems: (least, value) => !Array.isArray(value) || value.length >= least,
  items: (schema, value) => !Array.isArray(value) || value.every((item) => takes(schema, item)),
  required: (names, value) => typeOf(value) !== 'object' || names.every((name) => Object.hasOwn(value, name)),
  propertyNames: (schema, value) => typeOf(value) !== 'object'
    || Object.keys(value).every((name) => takes(schema, name)),
  properties: (schemas, value) => typeOf(value) !== 'object' || Object.keys(value)
    .every((name) => !Object.hasOwn(schemas, name) || takes(schemas[name], value[name])),
  additionalProperties: (schema, value, { properties = {} }) => typeOf(value) !== 'object'
    || Object.keys(value).every((name) => Object.hasOwn(properties, name)
      || (schema !== false && takes(schema, value[name]))),
};
const notes = ['$schema', 'title', 'description', 'default'];

function takes(schema, value) {
  return Object.entries(schema).every(([keyword, content]) => {
    if (notes.includes(keyword)) return true;
    assert.ok(Object.hasOwn(keywords, keyword), `this test does not know "${keyword}"`);
    return keywords[keyword](content, value, schema);
  });
}

test('the schema takes what brink takes, and refuses what it can', () => {
  const schema = read('docs/brink.schema.json');
  const documents = read('tests/unit/config/documents.json');
  assert.ok(documents.length >= 250);
  const wrong = documents.filter((one) => takes(schema, one.config) !== one.schema);
  assert.deepEqual(wrong, []);
});

test('it never refuses what brink takes', () => {
  const documents = read('tests/unit/config/documents.json');
  assert.deepEqual(documents.filter(({ brink, schema }) => brink && !schema), []);
});
