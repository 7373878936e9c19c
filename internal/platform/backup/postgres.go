package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strings"

	"github.com/jackc/pgx/v5"

	"kvart/internal/platform/db"
)

// dumpPostgres writes a dump in pg_dump's own form. pg_dump reads in one snapshot and keeps nobody from writing.
func dumpPostgres(ctx context.Context, d *db.DB, to string) (migration int64, err error) {
	if err := d.Get(ctx, &migration, "SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version", nil); err != nil {
		return 0, err
	}
	cmd, said, err := postgres(ctx, d.URL, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--no-comments", "--file="+to)
	if err != nil {
		return 0, err
	}
	if err := cmd.Run(); err != nil {
		return 0, failed("pg_dump", err, said)
	}
	return migration, nil
}

// restorePostgres replaces what is in the database by the dump, in one transaction: whatever fails, and whoever is
// killed, the old data stays. pg_restore only turns the dump into SQL; psql runs it after what is there was dropped,
// since a schema that is newer than the dump has tables that pg_restore does not know to drop. The COMMIT is sent
// when the dump has come to its end, never by psql at the end of its input.
func restorePostgres(ctx context.Context, dbURL, dump string) error {
	script, scriptSaid, err := postgres(ctx, "", "pg_restore", "--no-owner", "--no-privileges", "--no-comments", "--exit-on-error", "--file=-", dump)
	if err != nil {
		return err
	}
	psql, psqlSaid, err := postgres(ctx, dbURL, "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-")
	if err != nil {
		return err
	}
	out, err := script.StdoutPipe()
	if err != nil {
		return err
	}
	in, err := psql.StdinPipe()
	if err != nil {
		return err
	}
	if err := psql.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	send := func() error {
		if _, err := io.WriteString(in, "BEGIN;\n"+dropAll); err != nil {
			return err
		}
		if err := script.Start(); err != nil {
			return err
		}
		_, sent := io.Copy(in, out)
		out.Close() // where psql has ended, pg_restore is to end too
		if err := script.Wait(); err != nil && sent == nil {
			return failed("pg_restore", err, scriptSaid)
		}
		if sent != nil {
			return sent
		}
		_, err := io.WriteString(in, "\nCOMMIT;\n")
		return err
	}
	go func() {
		err := send()
		in.Close()
		ended <- err
	}()
	sent := <-ended
	if err := psql.Wait(); err != nil {
		return failed("psql", err, psqlSaid)
	}
	return sent
}

// dropAll drops what is in the schema public, except what belongs to extensions, which may have another owner.
const dropAll = `SET LOCAL lock_timeout = '10s';
DO $drop$
DECLARE r record;
BEGIN
  FOR r IN SELECT format('DROP %s IF EXISTS public.%I CASCADE', CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
        WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END, c.relname) AS what
      FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r','p','v','m','S','f','c')
        AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
      ORDER BY c.relkind = 'S' LOOP -- a table's own sequences go with it
    EXECUTE r.what;
  END LOOP;
  FOR r IN SELECT format('%I.%I(%s)', 'public', p.proname, pg_get_function_identity_arguments(p.oid)) AS what
      FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e') LOOP
    EXECUTE 'DROP ROUTINE IF EXISTS ' || r.what || ' CASCADE';
  END LOOP;
  FOR r IN SELECT format('%I.%I', 'public', y.typname) AS what
      FROM pg_type y WHERE y.typnamespace = 'public'::regnamespace AND y.typtype IN ('e','d','r')
        AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = y.oid AND d.deptype = 'e') LOOP
    EXECUTE 'DROP TYPE IF EXISTS ' || r.what || ' CASCADE';
  END LOOP;
END $drop$;
`

// ours returns ErrForeign for a database with tables among which Kvart's are not: a mistaken URL is to cost nothing.
func ours(ctx context.Context, dbURL string) error {
	conn, err := pgx.Connect(ctx, dbURL)
	if err != nil {
		return fmt.Errorf("connecting to PostgreSQL: %w", err)
	}
	defer conn.Close(ctx)
	var tables, known int
	err = conn.QueryRow(ctx, `SELECT COUNT(*), COUNT(*) FILTER (WHERE relname IN ('goose_db_version', 'change_counters'))
		FROM pg_class c WHERE relkind IN ('r','p') AND relnamespace = 'public'::regnamespace
		AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`).Scan(&tables, &known)
	if err != nil {
		return err
	}
	if tables > known && known < 2 {
		return fmt.Errorf("%w: give the URL of Kvart's own database, or of an empty one", ErrForeign)
	}
	return nil
}

// postgres prepares one of PostgreSQL's own programs. The password goes through the environment, since every user of
// the machine can read a command line.
func postgres(ctx context.Context, dbURL, program string, args ...string) (*exec.Cmd, *bytes.Buffer, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %s; install PostgreSQL's programs in the server's version (Debian: apt install postgresql-client)", ErrMissing, program)
	}
	env := append(os.Environ(), "LC_ALL=C", "PGCONNECT_TIMEOUT=10", "PGAPPNAME=kvart")
	if dbURL != "" {
		plain, password, err := splitURL(dbURL)
		if err != nil {
			return nil, nil, err
		}
		args = append([]string{"--no-password", "--dbname=" + plain}, args...)
		if password != "" {
			env = append(env, "PGPASSWORD="+password)
		}
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = env
	said := &bytes.Buffer{}
	cmd.Stderr = said
	return cmd, said, nil
}

// known are the parameters of a URL that PostgreSQL's programs take. Others, which only set up Kvart's own
// connections, are an error to them.
var known = map[string]bool{
	"host": true, "hostaddr": true, "port": true, "user": true, "dbname": true, "sslmode": true, "sslcert": true, "sslkey": true,
	"sslrootcert": true, "sslcrl": true, "sslsni": true, "channel_binding": true, "target_session_attrs": true, "passfile": true,
	"service": true, "krbsrvname": true, "gssencmode": true, "options": true, "connect_timeout": true,
}

// splitURL takes the password out of a URL. It reads by hand because a URL may name several hosts.
func splitURL(dbURL string) (plain, password string, err error) {
	scheme, rest, ok := strings.Cut(dbURL, "://")
	if !ok || scheme != "postgres" && scheme != "postgresql" {
		return "", "", errors.New("the database's URL has to begin with postgres://")
	}
	rest, query, _ := strings.Cut(rest, "?")
	hosts, name, _ := strings.Cut(rest, "/")
	if at := strings.LastIndex(hosts, "@"); at >= 0 {
		user, secret, _ := strings.Cut(hosts[:at], ":")
		if password, err = url.PathUnescape(secret); err != nil {
			return "", "", errors.New("the password in the database's URL is not escaped as in a URL")
		}
		hosts = user + hosts[at:]
	}
	asked, err := url.ParseQuery(query)
	if err != nil {
		return "", "", errors.New("the parameters of the database's URL cannot be read")
	}
	kept := url.Values{}
	for k, v := range asked {
		if k == "password" {
			password = v[0]
		} else if known[k] {
			kept[k] = v
		}
	}
	plain = scheme + "://" + hosts + "/" + name
	if len(kept) > 0 {
		plain += "?" + strings.ReplaceAll(kept.Encode(), "+", "%20")
	}
	return plain, password, nil
}

// failed says what a program said, in one line.
func failed(program string, err error, said *bytes.Buffer) error {
	text := strings.Join(strings.Fields(said.String()), " ")
	full := strings.Contains(text, "No space left on device") || strings.Contains(text, "could not extend file")
	if len(text) > 600 {
		text = text[:600] + "…"
	}
	if strings.Contains(text, "server version mismatch") {
		text += "; install the postgresql-client of the server's version"
	}
	if full {
		return fmt.Errorf("%w; make room and try again, nothing was changed: %s: %s", ErrFull, program, text)
	}
	return fmt.Errorf("%s: %w: %s", program, err, text)
}
