package auth

import (
	"fmt"
	"testing"
	"time"
)

func TestLimiter_slowsOneClientAtOneActionForAQuarterOfAnHour(t *testing.T) {
	c := &clock{at: time.Now()}
	l := NewLimiter(c.now)
	for i := range 60 {
		if ok, _ := l.Allow("192.0.2.1", "sign-in"); !ok {
			t.Fatal("refused at try", i)
		}
	}
	c.move(5 * time.Minute)
	if ok, wait := l.Allow("192.0.2.1", "sign-in"); ok || wait != 10*time.Minute {
		t.Fatal(ok, wait)
	}
	if ok, _ := l.Allow("192.0.2.2", "sign-in"); !ok {
		t.Fatal("another client is slowed down")
	}
	if ok, _ := l.Allow("192.0.2.1", "register"); !ok {
		t.Fatal("another action is slowed down")
	}
	c.move(10*time.Minute + time.Second)
	if ok, _ := l.Allow("192.0.2.1", "sign-in"); !ok {
		t.Fatal("still refused after the window")
	}
}

func TestLimiter_staysSmallInAFloodOfAddresses(t *testing.T) {
	c := &clock{at: time.Now()}
	l := NewLimiter(c.now)
	for i := range 120000 {
		l.Allow(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255), "sign-in")
	}
	if len(l.seen) > 50001 {
		t.Fatal(len(l.seen))
	}
}

func TestLimiter_takesAnIPv6NetworkAsOneClient(t *testing.T) {
	c := &clock{at: time.Now()}
	l := NewLimiter(c.now)
	for i := range 60 {
		l.Allow(fmt.Sprintf("2001:db8:1:2::%x", i), "sign-in")
	}
	if ok, _ := l.Allow("2001:db8:1:2:ffff::1", "sign-in"); ok {
		t.Fatal("another address of the same network is another client")
	}
	if ok, _ := l.Allow("2001:db8:1:3::1", "sign-in"); !ok {
		t.Fatal("another network is the same client")
	}
	if network("::ffff:192.0.2.1") != network("192.0.2.1") {
		t.Fatal("one address written in two ways")
	}
}

func TestLimiter_forgetsWithoutAnotherTry(t *testing.T) {
	c := &clock{at: time.Now()}
	l := NewLimiter(c.now)
	l.Allow("192.0.2.1", "sign-in")
	l.forget()
	if len(l.seen) != 1 || !l.tidy {
		t.Fatal("forgotten too early")
	}
	c.move(limiterWindow + time.Second)
	l.forget()
	if len(l.seen) != 0 || l.tidy {
		t.Fatal("kept")
	}
}
