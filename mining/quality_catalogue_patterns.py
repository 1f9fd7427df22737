"""The catalogue of the eleven imperfection patterns of Suriadi et al. 2017, in their order."""

# ruff: noqa: E501 (a text on one line reads better than a wrapped one)
from __future__ import annotations

from mining.quality_definition import Definition

PATTERN_MEASURES: tuple[Definition, ...] = (
    Definition("pattern_form_based", "patterns", ("Vastlegging per formulier", "Form-based event capture"),
        ("Verschillende activiteiten van één zaak op precies hetzelfde tijdstip: het opslaan van een formulier, niet het werk.", "Different activities of one case at exactly the same instant: a form was saved, the work was not timed."), ("Voeg ze samen tot één activiteit, of zoek de tijden in het formulier.", "Join them into one activity, or find the times inside the form."),
        warn=0.2, stop=None),
    Definition("pattern_time_travel", "patterns", ("Onbedoelde tijdreis", "Inadvertent time travel"),
        ("Stappen tegen een volgorde in die vrijwel alle zaken aanhouden: een verkeerd ingevoerde datum of tijd.", "Steps against an order that nearly all cases keep: a date or time entered wrongly."), ("Controleer deze gevallen bij de bron.", "Check these with the source."),
        warn=0.001, stop=None),
    Definition("pattern_unanchored_event", "patterns", ("Losgeslagen tijdstip", "Unanchored event"),
        ("Gebeurtenissen buiten hun zaak die er met verwisselde dag en maand in zouden vallen.", "Events outside their case that would lie inside it with day and month exchanged."), ("Geef het datumformaat in de mapping.", "State the date format in the mapping."),
        warn=0.001, stop=None),
    Definition("pattern_scattered_event", "patterns", ("Verstopte gebeurtenis", "Scattered event"),
        ("Gebeurtenissen met een datum in een bewaarde kolom: daarin kan een eigen gebeurtenis schuilen.", "Events with a date in a kept column: an event of its own may hide there."), ("Maak van die kolom een eigen bron of activiteit.", "Turn that column into a source or activity of its own."),
        warn=0.5, stop=None),
    Definition("pattern_elusive_case", "patterns", ("Ongrijpbare zaak", "Elusive case"),
        ("Gebeurtenissen waarvan de zaak niet te vinden is.", "Events of which the case cannot be found."), ("Controleer de koppelsleutel, of koppel via een tweede kenmerk.", "Check the linking key, or link by a second one."),
        warn=0.02, stop=None),
    Definition("pattern_scattered_case", "patterns", ("Verspreide zaak", "Scattered case"),
        ("Bekende zaken zonder gebeurtenis in deze bron: hun verloop ligt wellicht in een ander systeem.", "Known cases without an event in this source: their course may lie in another system."), ("Voeg die bron toe aan de keten.", "Add that source to the chain."),
        warn=0.05, stop=None),
    Definition("pattern_collateral_events", "patterns", ("Meelopende gebeurtenissen", "Collateral events"),
        ("Activiteiten die vrijwel altijd binnen enkele seconden op elkaar volgen: één handeling, vaker vastgelegd.", "Activities that nearly always follow within seconds: one action, recorded more than once."), ("Voeg ze samen, of geef de bijkomende de rol 'automatic'.", "Join them, or give the additional one the role 'automatic'."),
        warn=0.2, stop=None),
    Definition("pattern_polluted_label", "patterns", ("Vervuild label", "Polluted label"),
        ("Labels die alleen in cijfers of codes verschillen: er staat een gegeven in de naam.", "Labels that differ in digits or codes only: a value stands in the name."), ("Geef ze in de mapping één naam, als het verschil er niet toe doet.", "Give them one name in the mapping, if the difference does not matter."),
        warn=0.1, stop=None),
    Definition("pattern_distorted_label", "patterns", ("Verminkt label", "Distorted label"),
        ("Labels die een schrijffout of hoofdletter van een ander label verschillen.", "Labels one spelling error or capital away from another."), ("Geef ze in de mapping één naam.", "Give them one name in the mapping."),
        warn=0, stop=None),
    Definition("pattern_synonymous_labels", "patterns", ("Labels met dezelfde betekenis", "Synonymous labels"),
        ("Activiteiten die op dezelfde plaats staan en nooit in één zaak samen voorkomen.", "Activities in the same place that never occur together in one case."), ("Vraag na of zij hetzelfde betekenen; geef ze dan één naam.", "Ask whether they mean the same; if so give them one name."),
        warn=0.05, stop=None),
    Definition("pattern_homonymous_label", "patterns", ("Label met meer betekenissen", "Homonymous label"),
        ("Activiteiten die bij herhaling op een heel andere plaats staan dan de eerste keer.", "Activities that stand in a wholly different place when they recur."), ("Vraag na of het label twee dingen betekent; splits het dan in de mapping.", "Ask whether the label means two things; if so split it in the mapping."),
        warn=0.05, stop=None),
)  # fmt: skip
