// Every public page, in every language, on the narrowest phone: readable by everybody, and asking nobody outside.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertGoodPage, crawl, languages, launch, pageAt, start } from './lib.mjs';

// The pages that are promised by name. What they link to is visited as well.
const promised = ['', 'programme', 'centres', 'map', 'demo', 'about', 'privacy', 'accessibility'];

// Not a page: a file to keep, or something to print on paper (its own test looks at it). Several filters at once are the
// same page as one of them.
const noPage = /\.(ics|pdf|png|svg|xlsx|csv|json|pb)(\?|$)|\/poster|\?.*&/;

let server, browser;
before(async () => {
  server = await start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const lang of languages) {
  test(`public pages in ${lang}`, async (t) => {
    const page = await pageAt(browser, server.url, 320, { locale: lang });
    const seeds = promised.map((p) => `/${lang}/${p}`);
    const visited = await crawl(page, seeds, { within: `/${lang}/`, skip: noPage }, async (page, path, links) => {
      let found = [];
      await t.test(path, async () => {
        const response = await page.goto(path);
        assert.equal(response.status(), 200, path);
        found = await links();
        await assertGoodPage(page, { lang });
      });
      return found;
    });
    for (const kind of [/\/centres\/./, /\/sessions\/./, /\/programme\/./]) {
      assert.ok(visited.some((p) => kind.test(p)), `no link leads to ${kind}`);
    }
    await page.context().close();
  });
}

test('a page that is not there says so in the reader\'s language', async (t) => {
  for (const lang of languages) {
    await t.test(lang, async () => {
      const page = await pageAt(browser, server.url, 320, { locale: lang });
      const response = await page.goto(`/${lang}/no-such-page`);
      assert.equal(response.status(), 404);
      page.heard = page.heard.filter((h) => !h.includes('404')); // the browser's own word for the page itself
      await assertGoodPage(page, { lang });
      await page.context().close();
    });
  }
});

test('the address without a language leads to the reader\'s language', async (t) => {
  for (const lang of languages) {
    await t.test(lang, async () => {
      const page = await pageAt(browser, server.url, 1280, { locale: lang });
      for (const path of ['/', '/programme', '/centres']) {
        await page.goto(path);
        assert.ok(new URL(page.url()).pathname.startsWith(`/${lang}/`), `${path} leads to ${page.url()}`);
      }
      await page.context().close();
    });
  }
});
