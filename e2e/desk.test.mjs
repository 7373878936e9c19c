// Every page of the desk that a coordinator reaches by links: the same demands as on the public pages.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertGoodPage, crawl, launch, pageAt, signIn, start } from './lib.mjs';

let server, browser;
before(async () => {
  server = await start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const noPage = /\.(ics|pdf|png|svg|xlsx|csv|json)(\?|$)|\/(sign-out|export|poster)/;

test('sign-in page', async () => {
  const page = await pageAt(browser, server.url, 320);
  assert.equal((await page.goto('/desk/sign-in')).status(), 200);
  await assertGoodPage(page);
  await page.context().close();
});

for (const width of [320, 1280]) {
  test(`the coordinator's desk at ${width} px`, async (t) => {
    const page = await pageAt(browser, server.url, width, { locale: 'hr' });
    await signIn(page, server, /coordinator|koordinacija/i);
    await crawl(page, ['/desk/'], { within: '/desk/', skip: noPage }, async (page, path, links) => {
      let found = [];
      await t.test(path, async () => {
        const response = await page.goto(path);
        assert.equal(response.status(), 200, path);
        found = await links();
        await assertGoodPage(page, { dark: width === 320 });
      });
      return found;
    });
    await page.context().close();
  });
}
