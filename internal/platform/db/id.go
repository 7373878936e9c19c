package db

import "github.com/google/uuid"

// NewID returns a UUIDv7: sorted by the moment it was made. Never for anything confidential; see NewSecretID.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// NewSecretID returns a UUIDv4, which tells nothing of when it was made (DESIGN section 4: Ids).
func NewSecretID() string { return uuid.NewString() }

// IsID says whether s has the form of an id.
func IsID(s string) bool {
	_, err := uuid.Parse(s)
	return err == nil && len(s) == 36
}
