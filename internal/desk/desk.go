// Package desk joins what the features give to those who work at a centre: the day, everything that waits for a
// person in one list, the day on which a centre cannot open, who opens and closes it, and the totals. Of its own it keeps
// only that roster, and what a person said about a task: later, or somebody else's.
package desk

import (
	"kvart/internal/booking"
	"kvart/internal/directory"
	"kvart/internal/network"
	"kvart/internal/participation"
	"kvart/internal/platform/auth"
	"kvart/internal/platform/i18n"
	"kvart/internal/platform/mail"
	"kvart/internal/platform/sms"
	"kvart/internal/platform/web"
	"kvart/internal/premises"
	"kvart/internal/programme"
	"kvart/internal/season"
	"kvart/internal/sharing"
	"kvart/internal/support"
	"kvart/internal/survey"
	"kvart/internal/voting"
)

// Permissions of this package.
const (
	CloseDay  auth.Permission = "desk.close_day"  // call off a day at the centre
	SeeTotals auth.Permission = "desk.totals"     // of one's own centre
	SetDuty   auth.Permission = "desk.set_duty"   // who opens and closes
	SeeAll    auth.Permission = "desk.see_totals" // of all centres: numbers that pass the threshold
)

// Grants say which role has which permission.
var Grants = []auth.Grant{
	{Role: network.Coordinator, Permission: CloseDay}, {Role: network.Coordinator, Permission: SeeTotals},
	{Role: network.Coordinator, Permission: SetDuty},
	{Role: network.Lead, Permission: SeeTotals}, {Role: network.Lead, Permission: SeeAll}, {Role: network.CityOfficer, Permission: SeeAll},
}

// Menu is the desk's menu; each viewer sees of it what they may open. What a coordinator needs every day is in its first
// row (PRACTICE); people, totals and the team are beside the centre's own pages.
var Menu = []web.MenuItem{
	{Key: "desk.menu.today", Path: "/desk/", Permission: network.OpenDesk},
	{Key: "desk.menu.programme", Path: "/desk/programme", ScopeKind: network.ScopeCentre, Permission: programme.EditProgramme},
	{Key: "desk.menu.rooms", Path: "/desk/rooms", ScopeKind: network.ScopeCentre, Permission: booking.See},
	{Key: "booking.rooms.title", Path: "/desk/rooms", ScopeKind: network.ScopeCentre, Permission: booking.See, Under: "/desk/rooms"},
	{Key: "desk.menu.requests", Path: "/desk/requests", ScopeKind: network.ScopeCentre, Permission: sharing.Decide, Under: "/desk/rooms"},
	{Key: "desk.menu.usage", Path: "/desk/usage", ScopeKind: network.ScopeCentre, Permission: sharing.Arrange, Under: "/desk/rooms"},
	{Key: "desk.menu.sharing", Path: "/desk/sharing", ScopeKind: network.ScopeCentre, Permission: sharing.Arrange, Under: "/desk/rooms"},
	{Key: "sharing.prices", Path: "/desk/prices", ScopeKind: network.ScopeCentre, Permission: sharing.Arrange, Under: "/desk/rooms", Feature: network.FeaturePrices},
	{Key: "season.desk.title", Path: "/desk/season", ScopeKind: network.ScopeCentre, Permission: season.Run, Under: "/desk/rooms", Feature: network.FeatureSeason},
	{Key: "participation.proposals", Path: "/desk/proposals", ScopeKind: network.ScopeCentre, Permission: participation.Answer},
	{Key: "participation.proposals", Path: "/desk/proposals", ScopeKind: network.ScopeCentre, Permission: participation.Answer, Under: "/desk/proposals"},
	{Key: "needs.title", Path: "/desk/needs", ScopeKind: network.ScopeCentre, Permission: participation.Arrange, Under: "/desk/proposals", Feature: network.FeatureNeeds},
	{Key: "survey.desk.title", Path: "/desk/surveys", ScopeKind: network.ScopeCentre, Permission: survey.Type, Under: "/desk/proposals", Feature: network.FeatureSurveys},
	{Key: "voting.title", Path: "/desk/votes", ScopeKind: network.ScopeCentre, Permission: voting.Type, Under: "/desk/proposals", Feature: network.FeatureVotes},
	{Key: "participation.phone", Path: "/desk/phone", ScopeKind: network.ScopeCentre, Permission: participation.Take, Under: "/desk/proposals"},
	{Key: "participation.desk.new", Path: "/desk/proposals/new", ScopeKind: network.ScopeCentre, Permission: participation.Take, Under: "/desk/proposals"},
	{Key: "desk.member.title", Path: "/desk/", ScopeKind: network.ScopeOrganisation, Permission: sharing.AskRoom},
	{Key: "sharing.find", Path: "/desk/find", ScopeKind: network.ScopeOrganisation, Permission: sharing.AskRoom},
	{Key: "sharing.asked", Path: "/desk/asked", ScopeKind: network.ScopeOrganisation, Permission: sharing.AskRoom},
	{Key: "participation.partner", Path: "/desk/partner", ScopeKind: network.ScopeOrganisation, Permission: participation.Offer},
	{Key: "season.member.title", Path: "/desk/wishes", ScopeKind: network.ScopeOrganisation, Permission: season.Wish, Feature: network.FeatureSeason},
	{Key: "desk.menu.messages", Path: "/desk/messages", ScopeKind: network.ScopeCentre, Permission: support.Read},
	{Key: "desk.menu.messages", Path: "/desk/messages", ScopeKind: network.ScopeCentre, Permission: support.Read, Under: "/desk/messages"},
	{Key: "support.packets.menu", Path: "/desk/messages/referrals", ScopeKind: network.ScopeCentre, Permission: support.Read, Under: "/desk/messages"},
	{Key: "support.packets.menu", Path: "/desk/messages/referrals", ScopeKind: network.ScopeOrganisation, Permission: support.Receive},
	{Key: "support.packets.menu", Path: "/desk/messages/referrals", ScopeKind: network.ScopeOrganisation, Permission: support.Receive, Under: "/desk/messages/referrals"},
	{Key: "support.key.title", Path: "/desk/messages/key", ScopeKind: network.ScopeOrganisation, Permission: support.Receive, Under: "/desk/messages/referrals"},
	{Key: "support.team.title", Path: "/desk/messages/team", ScopeKind: network.ScopeCentre, Permission: support.Read, Under: "/desk/messages"},
	{Key: "support.key.title", Path: "/desk/messages/key", ScopeKind: network.ScopeCentre, Permission: support.Read, Under: "/desk/messages"},
	{Key: "directory.desk.title", Path: "/desk/services", Permission: directory.EditOwn},
	{Key: "directory.desk.title", Path: "/desk/services", Permission: directory.EditOwn, Under: "/desk/services"},
	{Key: "directory.corrections.title", Path: "/desk/corrections", Permission: directory.EditOwn, Under: "/desk/services"},
	{Key: "directory.missed.title", Path: "/desk/missed", Permission: directory.EditOwn, Under: "/desk/services"},
	{Key: "directory.lend.title", Path: "/desk/lend", Permission: directory.EditOwn, Under: "/desk/services"},
	{Key: "directory.groups.title", Path: "/desk/groups", Permission: directory.Organise, ScopeKind: network.ScopeNetwork, Under: "/desk/services"},
	{Key: "directory.words.title", Path: "/desk/words", Permission: directory.Organise, ScopeKind: network.ScopeNetwork, Under: "/desk/services"},
	{Key: "directory.io.title", Path: "/desk/services/import", Permission: directory.Organise, ScopeKind: network.ScopeNetwork, Under: "/desk/services"},
	{Key: "desk.menu.centre", Path: "/desk/centre", ScopeKind: network.ScopeCentre, Permission: network.EditCentre},
	{Key: "desk.menu.people", Path: "/desk/people", ScopeKind: network.ScopeCentre, Permission: network.SeePeople, Under: "/desk/centre"},
	{Key: "desk.menu.totals", Path: "/desk/totals", ScopeKind: network.ScopeCentre, Permission: SeeTotals, Under: "/desk/centre"},
	{Key: "desk.menu.team", Path: "/desk/team", ScopeKind: network.ScopeCentre, Permission: network.ManageTeam, Under: "/desk/centre"},
	{Key: "support.team.title", Path: "/desk/messages/team", ScopeKind: network.ScopeCentre, Permission: network.EditCentre, Under: "/desk/centre"},
	{Key: "premises.title", Path: "/desk/premises", ScopeKind: network.ScopeCentre, Permission: premises.See, Under: "/desk/centre"},
	{Key: "network.desk.page", Path: "/desk/centre", ScopeKind: network.ScopeCentre, Permission: network.EditCentre, Under: "/desk/centre"},
	{Key: "network.desk.hours", Path: "/desk/centre/hours", ScopeKind: network.ScopeCentre, Permission: network.EditCentre, Under: "/desk/centre"},
	{Key: "network.desk.access", Path: "/desk/centre/access", ScopeKind: network.ScopeCentre, Permission: network.EditCentre, Under: "/desk/centre"},
	{Key: "network.desk.picture", Path: "/desk/centre/picture", ScopeKind: network.ScopeCentre, Permission: network.EditCentre, Under: "/desk/centre"},
	{Key: "network.desk.features", Path: "/desk/centre/features", ScopeKind: network.ScopeCentre, Permission: network.EditCentre, Under: "/desk/centre"},
	{Key: "desk.menu.all_totals", Path: "/desk/all-totals", Permission: SeeAll},
	{Key: "desk.menu.network", Path: "/desk/network", ScopeKind: network.ScopeNetwork, Permission: network.EditNetwork},
	{Key: "desk.menu.network", Path: "/desk/network", ScopeKind: network.ScopeNetwork, Permission: network.EditNetwork, Under: "/desk/network"},
	{Key: "support.words.title", Path: "/desk/network/messages", ScopeKind: network.ScopeNetwork, Permission: network.EditNetwork, Under: "/desk/network"},
	{Key: "survey.desk.title", Path: "/desk/surveys", ScopeKind: network.ScopeNetwork, Permission: survey.Run, Under: "/desk/network"},
	{Key: "participation.proposals", Path: "/desk/network/proposals", ScopeKind: network.ScopeNetwork, Permission: participation.Oversee, Under: "/desk/network"},
	{Key: "premises.title", Path: "/desk/network/premises", ScopeKind: network.ScopeNetwork, Permission: premises.See, Under: "/desk/network"},
	{Key: "voting.title", Path: "/desk/votes", ScopeKind: network.ScopeNetwork, Permission: voting.Run, Under: "/desk/network"},
}

// policy is what the roles of all features whose tasks come together here may do: for those who are not looking at the
// page themselves, as the readers of the daily mail or a colleague who is handed a task.
var policy = auth.NewPolicy(network.Contains, network.Grants, booking.Grants, programme.Grants, sharing.Grants, season.Grants, premises.Grants, support.Grants, directory.Grants, survey.Grants, participation.Grants, voting.Grants, Grants)

// Pages are the desk's pages that join features.
type Pages struct {
	Network   *network.Store
	Programme *programme.Store
	Booking   *booking.Store
	Sharing   *sharing.Store
	Mail      *mail.Sender
	SMS       *sms.Sender
	Texts     *i18n.Bundle
	PublicURL string // without a slash at its end
	Sources   []network.TaskSource
	Member    network.TaskSource                           // what waits for an organisation's members
	Whole     network.TaskSource                           // what waits for those who lead the whole network
	Open      func(r *web.Request) ([]network.Task, error) // what only the viewer's open key can tell
}
