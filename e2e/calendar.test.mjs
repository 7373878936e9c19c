// The calendars as a program of somebody else reads them: ical.js parses what Kvart serves, with the time zones that the
// file itself brings, and finds the same moments as the API.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import ICAL from 'ical.js';
import { command, root, signIn, start, launch, noJS } from './lib.mjs';

const centre = 'sesnaestica';
const dir = mkdtempSync(join(tmpdir(), 'kvart-calendar-'));
let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); rmSync(dir, { recursive: true, force: true }); });

/** The calendar's bytes, checked as bytes, and its events by UID. */
async function read(url) {
  const response = await fetch(url);
  assert.equal(response.status, 200, url);
  assert.match(response.headers.get('content-type'), /^text\/calendar; charset=utf-8/);
  const bytes = Buffer.from(await response.arrayBuffer());
  const text = bytes.toString('utf8');
  assert.deepEqual(Buffer.from(text, 'utf8'), bytes, 'UTF-8, no character cut in two by folding');
  assert.ok(text.endsWith('\r\n'));
  assert.doesNotMatch(text.replaceAll('\r\n', ''), /[\r\n]/, 'CRLF and nothing else ends a line');
  for (const line of text.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75, `${Buffer.byteLength(line)} octets: ${line}`);

  const calendar = new ICAL.Component(ICAL.parse(text));
  ICAL.TimezoneService.reset(); // it knows no zone but those of the file
  for (const zone of calendar.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone);
  const events = new Map();
  for (const component of calendar.getAllSubcomponents('vevent')) {
    const event = new ICAL.Event(component);
    assert.ok(!events.has(event.uid), `${event.uid} twice`);
    assert.ok(component.getFirstPropertyValue('dtstamp'), 'DTSTAMP');
    events.set(event.uid, {
      start: event.startDate.toUnixTime() * 1000, end: event.endDate.toUnixTime() * 1000,
      hour: event.startDate.hour, zone: event.startDate.zone.tzid, summary: event.summary, sequence: event.sequence,
      status: component.getFirstPropertyValue('status'), url: component.getFirstPropertyValue('url'),
    });
  }
  return events;
}

/** All sessions of the API from `from` on, through its pages. */
async function sessions(url, query) {
  const items = [];
  for (let after = ''; ;) {
    const answer = await (await fetch(`${url}/api/v1/sessions?${query}&after=${encodeURIComponent(after)}`)).json();
    items.push(...answer.items);
    if (!answer.next) return items;
    after = answer.next;
  }
}

test('another program reads the calendars', async () => {
  // the demo's weeks
  const demo = await start();
  try {
    const events = await read(`${demo.url}/calendar.ics`);
    const from = new Date().toISOString(), to = new Date(Date.now() + 42 * 86400e3).toISOString();
    const list = await sessions(demo.url, `from=${from}&to=${to}`);
    assert.ok(list.length > 50, `${list.length} sessions to come`);
    for (const s of list) {
      const event = events.get(`${s.id}@${new URL(demo.url).host}`);
      assert.ok(event, `${s.id} is in the calendar`);
      assert.equal(event.start, Date.parse(s.starts_at), s.starts_at);
      assert.equal(event.end, Date.parse(s.ends_at), s.ends_at);
      assert.equal(event.zone, s.zone);
      assert.ok(event.url.endsWith(`/sessions/${s.id}`));
      assert.equal(event.status, s.state === 'cancelled' ? 'CANCELLED' : 'CONFIRMED');
    }
    const own = await read(`${demo.url}/calendar/${centre}.ics`);
    const here = list.filter((s) => s.centre === centre);
    assert.ok(here.length && here.length < list.length);
    for (const s of here) assert.ok([...own.keys()].some((uid) => uid.startsWith(s.id)), `${s.id} is in its centre's calendar`);
    assert.ok([...own.keys()].every((uid) => events.has(uid)), 'nothing of another centre');

    // a change bumps SEQUENCE under the same UID
    const chosen = here.find((s) => s.state === 'planned' && Date.parse(s.starts_at) > Date.now() + 2 * 86400e3);
    const uid = `${chosen.id}@${new URL(demo.url).host}`;
    const page = await noJS(browser, demo.url, 1280, { locale: 'en' });
    await signIn(page, demo, 'koordinacija.sesnaestica');
    await page.goto(`/desk/sessions/${chosen.id}`);
    const cancel = page.locator(`form[action$="/cancel"]`).last();
    if (!await cancel.isVisible()) await page.locator(`details:has(form[action$="/cancel"]) > summary`).last().click();
    const reason = cancel.locator('input[type=text], textarea').first();
    if (await reason.count()) await reason.fill('Bolest');
    await cancel.locator('button').last().click();
    await page.locator('form.ask button').click(); // it asks once
    await page.waitForLoadState();
    await page.context().close();
    const after = (await read(`${demo.url}/calendar.ics`)).get(uid);
    assert.equal(after.status, 'CANCELLED');
    assert.ok(after.sequence > events.get(uid).sequence, `SEQUENCE ${events.get(uid).sequence} becomes ${after.sequence}`);
  } finally {
    await demo.stop();
  }
});

test('a weekly series keeps its hour over the changes of summer time, there and back', async () => {
  // From another program, into Kvart, out again, into another program.
  const data = join(dir, 'data'), file = join(dir, 'zbor.ics');
  const first = new Date(Date.now() + 7 * 86400e3);
  const day = first.toISOString().slice(0, 10).replaceAll('-', '');
  writeFileSync(file, ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Elsewhere//EN', 'BEGIN:VEVENT', 'UID:zbor@example.org',
    'DTSTAMP:20260101T000000Z', `DTSTART;TZID=Europe/Zagreb:${day}T180000`, `DTEND;TZID=Europe/Zagreb:${day}T193000`,
    'RRULE:FREQ=WEEKLY;COUNT=50', 'SUMMARY:Zbor u kvartu', 'END:VEVENT', 'END:VCALENDAR', ''].join('\r\n'));
  for (const args of [['network', join(root, 'docs/examples/network.yaml')], ['programme', file, '--centre', centre]]) {
    const done = await command('import', ...args, '--data', data);
    assert.equal(done.code, 0, done.stderr);
  }
  const server = await start({ args: ['serve', '--addr', '127.0.0.1:0', '--data', data] });
  try {
    const events = [...(await read(`${server.url}/calendar/${centre}.ics`)).values()].filter((e) => e.summary === 'Zbor u kvartu');
    assert.equal(events.length, 50);
    assert.deepEqual([...new Set(events.map((e) => e.hour))], [18]);
    const offsets = new Set(events.map((e) => 18 - new Date(e.start).getUTCHours()));
    assert.deepEqual([...offsets].sort(), [1, 2], 'winter and summer time, an hour and two before UTC');
    const told = new Set((await sessions(server.url, `from=${new Date().toISOString()}&to=${new Date(Date.now() + 366 * 86400e3).toISOString()}`))
      .map((s) => Date.parse(s.starts_at)));
    for (const e of events) assert.ok(told.has(e.start), new Date(e.start).toISOString());
  } finally {
    await server.stop();
  }
});
