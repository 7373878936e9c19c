// A neighbour proposes, the centre reads, answers and plans it, and the public page tells all of it. The same by form alone, with
// JavaScript and without; then a round of needs from its call to what was done.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertGoodPage, inWays, launch, noJS, pageAt, signIn, start } from './lib.mjs';

let server, browser;
before(async () => {
  server = await start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const day = (days) => {
  const d = new Date();
  d.setDate(d.getDate() + days);
  return d.toLocaleDateString('sv', { timeZone: 'Europe/Zagreb' });
};

for (const [way, open, width] of inWays([['with JavaScript, on a phone', pageAt, 320], ['without JavaScript', noJS, 1280]])) {
  test(`a proposal from its first line to its date, ${way}`, async () => {
    const check = async (page) => {
      page.heard = page.heard?.filter((line) => !line.includes('422')); // a form that comes back with its faults
      if (open === pageAt) await assertGoodPage(page, { dark: false });
    };
    const title = `Popravak stolaca, ${way}`;
    const visitor = await open(browser, server.url, width, { locale: 'hr' });
    await visitor.goto('/hr/proposals');
    await check(visitor);
    await visitor.getByRole('link', { name: 'Predložite nešto' }).first().click();
    await check(visitor);
    await visitor.locator('form.stack').evaluate((form) => { form.noValidate = true; });
    await visitor.locator('[name=title]').fill(title);
    await visitor.getByRole('button', { name: 'Pregledajte prije slanja' }).click();
    assert.equal(await visitor.locator('#faults').count(), 1);
    assert.equal(await visitor.locator('[name=title]').inputValue(), title);
    await check(visitor);
    await visitor.locator('[name=centre]').selectOption({ label: 'Šesnaestica' });
    await visitor.locator('[name=about]').fill('Donesemo klimave stolce i zajedno ih popravimo, kao bicikle u dvorištu.');
    await visitor.locator('[name=doing]').fill('donosim ljepilo');
    await visitor.locator('[name=phone]').fill('091 000 0000');
    await visitor.getByRole('button', { name: 'Pregledajte prije slanja' }).focus();
    await visitor.keyboard.press('Enter');
    await visitor.locator('main', { hasText: 'Još ništa nije poslano' }).waitFor();
    await check(visitor);
    await visitor.getByRole('button', { name: 'Pošaljite prijedlog' }).click();
    const code = (await visitor.locator('.digits').innerText()).trim();
    assert.match(code, /^\d{6} \d{6} \d{6}$/);
    await check(visitor);

    const team = await open(browser, server.url, width, { locale: 'hr' });
    await signIn(team, server, 'koordinacija.sesnaestica');
    await team.goto('/desk/proposals');
    await check(team);
    await team.getByRole('link', { name: title }).click();
    await check(team);
    const desk = team.url();
    await team.getByRole('button', { name: 'Spremite', exact: true }).click();
    const say = async (to, reason) => {
      await team.goto(desk);
      await team.locator(`[name=to][value=${to}]`).check();
      await team.locator('[name=reason]').fill(reason);
      await team.getByRole('button', { name: 'Zapišite korak' }).click();
      await team.locator('.thread', { hasText: reason }).waitFor();
    };
    await say('discussed', 'Pitamo stolara iz druge zgrade.');
    await say('accepted', 'Stolar dolazi, a alat imamo.');
    await team.locator('[name=resident]').check();
    await team.locator('[name=centre_carries]').check();
    await team.getByRole('button', { name: 'Spremite tko ga nosi' }).click();
    await team.getByRole('link', { name: 'Napravite aktivnost' }).click();
    await check(team);
    assert.equal(await team.locator('[name=title]').inputValue(), title);
    await team.locator('[name=date]').fill(day(open === pageAt ? 201 : 208));
    await team.locator('[name=from]').fill('07:00');
    await team.locator('[name=to]').fill('08:00');
    await team.getByRole('button', { name: 'Napravite aktivnost' }).click();
    await team.locator('.tag', { hasText: 'dogovoren termin' }).first().waitFor();
    await check(team);

    await visitor.goto('/hr/propose/code');
    await visitor.locator('[name=code]').fill(code.replaceAll(' ', '').replaceAll('0', 'O'));
    await visitor.getByRole('button', { name: 'Otvorite' }).click();
    assert.ok((await visitor.locator('main').innerText()).includes('Stolar dolazi'));
    await check(visitor);
    await visitor.getByRole('link', { name: 'Pogledajte stranicu' }).click();
    const text = await visitor.locator('main').innerText();
    assert.ok(text.includes('netko iz kvarta, Šesnaestica') && text.includes('programska skupina') && !text.includes('091 000'), text);
    await check(visitor);
    await visitor.getByRole('button', { name: 'I meni bi došlo' }).click();
    assert.ok((await visitor.locator('#would').innerText()).includes('manje od 10'));
    await visitor.getByRole('button', { name: 'Ipak ne' }).click();
    assert.ok((await visitor.locator('#would').innerText()).includes('Još se nitko'));
    await visitor.context().close();
    await team.context().close();
  });
}

for (const [way, open, width] of inWays([['with JavaScript, on a phone', pageAt, 320], ['without JavaScript', noJS, 1280]])) {
  test(`a comment is off, then read, let through and taken down, ${way}`, async () => {
    const check = async (page) => { if (open === pageAt) await assertGoodPage(page, { dark: false }); };
    const title = 'Razmjena sadnica u proljeće', words = `Donosim rajčice, ${way}.`;
    const team = await open(browser, server.url, width, { locale: 'hr' });
    await signIn(team, server, 'koordinacija.vestigium');
    const turn = async (on) => {
      await team.goto('/desk/centre/features');
      await team.locator('[name=on][value=comments]').setChecked(on);
      await team.locator('form.narrow .btn').click();
    };
    const visitor = await open(browser, server.url, width, { locale: 'hr' });
    await visitor.goto('/hr/proposals?centre=vestigium');
    await visitor.getByRole('link', { name: title }).click();
    assert.equal(await visitor.locator('#comments').count(), 0);
    await turn(true);
    await visitor.reload();
    await visitor.locator('[name=words]').fill(words);
    await visitor.getByRole('button', { name: 'Pošaljite komentar' }).focus();
    await visitor.keyboard.press('Enter');
    await visitor.locator('#comments [role=status]').waitFor();
    assert.ok(!(await visitor.locator('main').innerText()).includes(words));
    await check(visitor);

    await team.goto('/desk/');
    assert.ok((await team.locator('main').innerText()).includes(`Komentar čeka čitanje: ${title}`));
    await team.goto('/desk/proposals');
    await team.getByRole('link', { name: title }).click();
    await check(team);
    const waits = team.locator('#comments li', { hasText: words });
    await waits.getByRole('button', { name: 'Objavite' }).click();
    await waits.locator('.tag.ok').waitFor();
    await visitor.reload();
    assert.ok((await visitor.locator('#comments').innerText()).includes(words));
    await check(visitor);
    await waits.locator('summary').click();
    await waits.locator('[name^=reason-]').fill('reklama');
    await waits.locator('button[value=down]').click();
    await waits.filter({ hasText: 'reklama' }).waitFor();
    await visitor.reload();
    assert.ok(!(await visitor.locator('main').innerText()).includes(words));
    await turn(false);
    await visitor.context().close();
    await team.context().close();
  });
}

test('what seems to be the same shows beside the form while it is typed', async () => {
  const page = await pageAt(browser, server.url, 320, { locale: 'hr' });
  await page.goto('/hr/propose');
  await page.locator('[name=title]').pressSequentially('Večer društvenih igara');
  await page.locator('[data-similar] a', { hasText: 'Večeri društvenih igara' }).waitFor();
  await assertGoodPage(page, { dark: false });
  await page.context().close();
});

test('the pages of proposals and needs in each language', async () => {
  for (const lang of ['hr', 'en', 'nb']) {
    const page = await pageAt(browser, server.url, 320, { locale: lang });
    for (const path of ['propose', 'propose/paper', 'propose/code', 'proposals', 'needs']) {
      await page.goto(`/${lang}/${path}`);
      await assertGoodPage(page, { lang });
    }
    await page.locator('main li.card a').first().click();
    await assertGoodPage(page, { lang });
    await page.goto(`${page.url()}/poster`);
    await assertGoodPage(page, { lang });
    const file = await page.request.get(`${page.url()}.pdf`);
    assert.equal(file.headers()['content-type'], 'application/pdf');
    await page.context().close();
  }
});

test('an organisation offers to carry what looks for a partner', async () => {
  const page = await pageAt(browser, server.url, 320, { locale: 'hr' });
  await signIn(page, server, 'clan.organizacije');
  await page.goto('/desk/partner');
  await assertGoodPage(page, { dark: false });
  await page.locator('li.card', { hasText: 'Šetnja sa psima' }).getByRole('button').click();
  assert.ok((await page.locator('main').innerText()).includes('ponudili ste se'));
  await page.context().close();
});

test('a round of needs at the desk: the group, a meeting, what was heard', async () => {
  const page = await pageAt(browser, server.url, 320, { locale: 'hr' });
  await signIn(page, server, 'koordinacija.sesnaestica');
  await page.goto('/desk/needs');
  await assertGoodPage(page, { dark: false });
  await page.getByRole('link', { name: 'Što treba našem kvartu?' }).first().click();
  await assertGoodPage(page, { dark: false });
  for (const part of ['group', 'listen', 'meeting']) {
    await page.goto(`${page.url().replace(/\/(group|listen|meeting)$/, '')}/${part}`);
    await assertGoodPage(page, { dark: false });
  }
  await page.context().close();
});

test('the lead sees who is late', async () => {
  const page = await pageAt(browser, server.url, 320, { locale: 'nb' });
  await signIn(page, server, 'voditeljstvo.mreze');
  await page.goto('/desk/network/proposals');
  await assertGoodPage(page, { dark: false });
  assert.ok((await page.locator('tr', { hasText: 'Vestigium' }).innerText()).includes('1'));
  await page.context().close();
});
