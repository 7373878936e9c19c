package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// lockKey is the key of the advisory lock in Kvart's database.
const lockKey = 0x6b76617274 // "kvart"

// keepLock is how often the connection that holds a PostgreSQL lock is tried, and made anew where it is gone.
const keepLock = 15 * time.Second

// Lock says that this process uses the target until it calls release. Commands that open the database and serve hold
// it shared for as long as they have it open; restore holds it exclusively. It never waits: it returns ErrInUse when
// the target is held the other way. A killed process holds nothing.
//
// On SQLite it is a file lock in the data folder. On PostgreSQL it is a session's advisory lock, so the URL must lead
// to the server itself and not to a pooler that shares sessions.
func Lock(ctx context.Context, t Target, exclusive bool) (release func(), err error) {
	if t.Engine() == "postgres" {
		return lockPostgres(ctx, t.URL, exclusive)
	}
	return lockFolder(t.DataDir, exclusive)
}

func inUse(where string, exclusive bool) error {
	if exclusive {
		return fmt.Errorf("%w: stop every kvart that works on %s, then try again", ErrInUse, where)
	}
	return fmt.Errorf("%w: a restore into %s is under way, wait until it ends", ErrInUse, where)
}

func lockFolder(dir string, exclusive bool) (func(), error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("creating the data folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the data folder: %w", err)
	}
	how := syscall.LOCK_SH
	if exclusive {
		how = syscall.LOCK_EX
	}
	for {
		err = syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, inUse(dir, exclusive)
		}
		return nil, fmt.Errorf("locking the data folder: %w", err)
	}
	return sync.OnceFunc(func() { f.Close() }), nil
}

func lockPostgres(ctx context.Context, dbURL string, exclusive bool) (func(), error) {
	conn, err := takePostgres(ctx, dbURL, exclusive)
	if err != nil {
		return nil, err
	}
	end, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		holdPostgres(end, conn, dbURL, exclusive)
	}()
	return sync.OnceFunc(func() { stop(); <-done }), nil
}

func takePostgres(ctx context.Context, dbURL string, exclusive bool) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, dbURL)
	if err != nil {
		return nil, fmt.Errorf("connecting to PostgreSQL: %w", err)
	}
	query := "SELECT pg_try_advisory_lock_shared($1)"
	if exclusive {
		query = "SELECT pg_try_advisory_lock($1)"
	}
	var got bool
	if err := conn.QueryRow(ctx, query, int64(lockKey)).Scan(&got); err != nil {
		conn.Close(ctx)
		return nil, fmt.Errorf("locking the database: %w", err)
	}
	if !got {
		conn.Close(ctx)
		return nil, inUse("this database", exclusive)
	}
	return conn, nil
}

// holdPostgres keeps the lock's connection until ctx ends, and takes the lock again after the server went away.
func holdPostgres(ctx context.Context, conn *pgx.Conn, dbURL string, exclusive bool) {
	tick := time.NewTicker(keepLock)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			if conn != nil {
				bye, cancel := context.WithTimeout(context.Background(), 2*time.Second)
				// The server notices a closed connection in its own time; who asks next should not have to wait for that.
				_, _ = conn.Exec(bye, "SELECT pg_advisory_unlock_all()")
				conn.Close(bye)
				cancel()
			}
			return
		case <-tick.C:
		}
		if conn != nil {
			try, cancel := context.WithTimeout(ctx, keepLock)
			err := conn.Ping(try)
			cancel()
			if err == nil || ctx.Err() != nil {
				continue
			}
			bye, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			conn.Close(bye)
			cancel()
			conn = nil
		}
		if again, err := takePostgres(ctx, dbURL, exclusive); err == nil {
			conn = again
		}
	}
}
