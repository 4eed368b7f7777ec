import { createConformanceFixture } from './conformance/fixture.ts'
import { serveFixtureHttp } from './conformance/serve-fixture-http.ts'
import { serveFixtureStdio } from './conformance/serve-fixture-stdio.ts'

/** What the official conformance suite expects behind a gateway, in both eras. `--http` serves it on a free port; `--legacy` takes the modern era away. */
const fixture = createConformanceFixture()
if (process.argv.includes('--http')) serveFixtureHttp(fixture)
else serveFixtureStdio(fixture)
