// Judge results by the suite's own rules: node judge.mjs SUITE_DIRECTORY < results.json
// Prints [{id, topic, kind, verdict, detail}] for every case that a proxy can be asked.

import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const load = file => import(pathToFileURL(join(resolve(process.argv[2]), file)))

const { default: topics } = await load('tests/index.mjs')
const { determineTestResult, resultTypes } = await load('test-engine/lib/results.mjs')
const results = JSON.parse(readFileSync(0))

// A verdict is known by identity: two of them look alike otherwise.
const names = new Map(Object.entries(resultTypes).map(([name, type]) => [type, name]))

const judged = topics.flatMap(topic =>
  topic.tests
    .filter(test => !test.browser_only)
    .map(test => ({
      id: test.id,
      topic: topic.id,
      kind: test.kind ?? 'required',
      verdict: names.get(determineTestResult(topics, test.id, results)),
      detail: Array.isArray(results[test.id]) ? results[test.id].join(': ') : ''
    }))
)
console.log(JSON.stringify(judged))
