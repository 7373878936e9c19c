package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"net/netip"
	"sync"
	"time"
)

// Limiter slows down a client that asks too often. It keeps an HMAC of the address under a key made at start, in memory
// only, and forgets it after fifteen minutes. It is the one state that a process may hold.
type Limiter struct {
	now  func() time.Time
	key  [32]byte
	mu   sync.Mutex
	seen map[[32]byte]*visits
	most int  // in a window
	tidy bool // a timer runs that forgets
}

type visits struct {
	n     int
	since time.Time
}

const limiterWindow = 15 * time.Minute

// NewLimiter allows a client sixty tries in fifteen minutes.
func NewLimiter(now func() time.Time) *Limiter {
	l := &Limiter{now: now, seen: map[[32]byte]*visits{}, most: 60}
	_, _ = rand.Read(l.key[:])
	return l
}

// Allow counts a try of the client at the action and says whether it may go on, and if not, how long to wait.
func (l *Limiter) Allow(address, action string) (bool, time.Duration) {
	return l.Weigh(address, action, 1)
}

// Weigh is Allow for a try that counts as so many.
func (l *Limiter) Weigh(address, action string, weight int) (bool, time.Duration) {
	mac := hmac.New(sha256.New, l.key[:])
	mac.Write([]byte(action + "\x00" + network(address)))
	k := [32]byte(mac.Sum(nil))
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.seen) > 50000 {
		for k, v := range l.seen {
			if now.Sub(v.since) > limiterWindow {
				delete(l.seen, k)
			}
		}
		if len(l.seen) > 50000 { // a flood of addresses: forget all rather than grow without bound
			clear(l.seen)
		}
	}
	if !l.tidy {
		l.tidy = true
		time.AfterFunc(time.Minute, l.forget)
	}
	v := l.seen[k]
	if v == nil || now.Sub(v.since) > limiterWindow {
		v = &visits{since: now}
		l.seen[k] = v
	}
	v.n += weight
	if v.n > l.most {
		return false, limiterWindow - now.Sub(v.since)
	}
	return true, 0
}

// forget drops what is older than the window, also when nobody asks any more. It comes back every minute while there is something left.
func (l *Limiter) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for k, v := range l.seen {
		if now.Sub(v.since) > limiterWindow {
			delete(l.seen, k)
		}
	}
	if l.tidy = len(l.seen) > 0; l.tidy {
		time.AfterFunc(time.Minute, l.forget)
	}
}

// network is what one client can choose its address from: of IPv6 a /64 network.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if a = a.Unmap().WithZone(""); a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}
