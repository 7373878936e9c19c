package app

import "kvart/internal/directory"

// hsds mounts the API of the standard: read by anybody, from any page, without session and cookie.
func (a *App) hsds() {
	api := &directory.API{Store: a.Directory, Log: a.Log, Texts: a.Texts, FindIDs: a.Directory.FindIDs}
	a.Server.HandleOpen(directory.APIPath, api.Handler())
}
