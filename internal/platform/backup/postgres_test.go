package backup

import "testing"

func TestSplitURL_keepsThePasswordOffTheCommandLine(t *testing.T) {
	for _, c := range []struct{ in, plain, password string }{
		{"postgres://kvart:s%40crt@db:5432/kvart?sslmode=require", "postgres://kvart@db:5432/kvart?sslmode=require", "s@crt"},
		{"postgresql://kvart@127.0.0.1/kvart", "postgresql://kvart@127.0.0.1/kvart", ""},
		{"postgres://u:p@a:5432,b:5432/k?target_session_attrs=read-write&pool_max_conns=4", "postgres://u@a:5432,b:5432/k?target_session_attrs=read-write", "p"},
		{"postgres:///kvart?host=/run/postgresql&user=kvart&password=x", "postgres:///kvart?host=%2Frun%2Fpostgresql&user=kvart", "x"},
	} {
		plain, password, err := splitURL(c.in)
		if err != nil || plain != c.plain || password != c.password {
			t.Errorf("%s: %q %q %v", c.in, plain, password, err)
		}
	}
	if _, _, err := splitURL("host=db password=x"); err == nil {
		t.Error("what is no URL was taken")
	}
}
