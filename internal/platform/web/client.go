package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// ClientAddress is the address a request came from: the connection's, or where that is a trusted proxy, the last one
// the proxy itself added. It is used for slowing down only and is never stored or logged.
func (s *Server) ClientAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	for _, p := range s.Trusted {
		if p.Contains(a.Unmap()) {
			list := strings.Split(r.Header.Get("X-Forwarded-For"), ",")
			if last := strings.TrimSpace(list[len(list)-1]); last != "" {
				if _, err := netip.ParseAddr(last); err == nil {
					return last
				}
			}
		}
	}
	return host
}
