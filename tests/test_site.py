"""The page over runs: every run in it, a trend that is true, and a server that gives no more than the folder."""

from __future__ import annotations

import json
import os
import re
import threading
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import html

from flows.publish.page_numbers import Numbers
from flows.publish.runs import INDEX, runs_of
from flows.publish.site import write_site
from flows.publish.words import Words
from flows.serve import server
from mappings.errors import ZaakstroomError
from mining.findings import Findings
from tests.findings_example import example


def put(out: Path, folder: str, as_of: datetime, mean_days: float, mapping: str = "aaaa") -> Findings:
    """Write a run whose mean lead time is this many days."""
    found = example()
    elapsed = found.lead_time.elapsed.model_copy(update={"mean_seconds": mean_days * 86400})
    facts = found.run.model_copy(update={"run_id": folder, "as_of": as_of, "mapping_hash": mapping})
    found = found.model_copy(
        update={"run": facts, "lead_time": found.lead_time.model_copy(update={"elapsed": elapsed})}
    )
    (out / folder).mkdir(parents=True)
    (out / folder / "findings.json").write_text(found.model_dump_json(by_alias=True), "utf-8")
    (out / folder / "index.html").write_text(f"<p>{folder}</p>", "utf-8")
    return found


def moment(month: int) -> datetime:
    return datetime(2026, month, 1, 8, tzinfo=UTC)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    put(tmp_path, "run-1", moment(1), 40)
    put(tmp_path, "run-2", moment(4), 30)
    put(tmp_path, "run-3", moment(5), 20, mapping="bbbb")
    (tmp_path / "latest").symlink_to("run-3", target_is_directory=True)
    return tmp_path


def tree(out: Path):
    return html.document_fromstring(write_site(out).read_text("utf-8"))


def test_each_run_stands_once_in_the_table_and_links_to_its_page(out: Path):
    links = tree(out).xpath('//div[@data-in="nl"]//tbody//a/@href')
    assert links == ["run-3/index.html", "run-2/index.html", "run-1/index.html"]


def test_the_table_says_what_the_findings_say(out: Path):
    cells = [cell.text_content() for cell in tree(out).xpath('//div[@data-in="nl"]//tbody/tr[1]/td')]
    found = Findings.model_validate_json((out / "run-3" / "findings.json").read_text("utf-8"))
    numbers = Numbers(Words("nl"))
    assert numbers.short(20 * 86400) in cells
    assert numbers.short(found.direct_route.elapsed.total_seconds) in cells
    assert numbers.count(found.cohort.cases) in cells


def test_a_changed_mapping_is_marked_where_it_changed(out: Path):
    last = [row.xpath("td[last()]")[0].text_content() for row in tree(out).xpath('//div[@data-in="en"]//tbody/tr')]
    assert last == ["◆ changed", "same", "first"]


def test_the_points_of_the_trend_lie_in_proportion_to_moment_and_amount(out: Path):
    drawn = write_site(out).read_text("utf-8")
    found = re.search(r'<path d="M([^"]+)" fill="none" stroke="var\(--ink\)"', drawn)
    assert found
    points = [tuple(map(float, point.split())) for point in found[1].split("L")]
    base = 188.0
    heights = [base - y for _, y in points]
    assert heights[1] / heights[0] == pytest.approx(30 / 40, abs=0.01)
    assert heights[2] / heights[0] == pytest.approx(20 / 40, abs=0.01)
    days = [(moment(m) - moment(1)).days for m in (1, 4, 5)]
    assert (points[1][0] - points[0][0]) / (points[2][0] - points[0][0]) == pytest.approx(days[1] / days[2], abs=0.01)


def test_runs_of_several_mappings_one_folder_deeper_each_get_their_own_shelf(tmp_path: Path):
    put(tmp_path / "wmo", "run-1", moment(1), 10)
    found = put(tmp_path / "wabo", "run-1", moment(2), 20)
    other = found.model_copy(update={"project": found.project.model_copy(update={"name": "wabo"})})
    (tmp_path / "wabo" / "run-1" / "findings.json").write_text(other.model_dump_json(by_alias=True), "utf-8")
    assert len(tree(tmp_path).xpath('//div[@data-in="nl"]//section')) == 2


def test_a_run_of_the_same_moment_is_in_the_table_and_the_page_says_which_is_drawn(out: Path):
    put(out, "run-3b", moment(5), 21, mapping="bbbb")
    page = tree(out)
    assert len(page.xpath('//div[@data-in="nl"]//tbody/tr')) == 4
    assert "hetzelfde peilmoment" in page.text_content()


def test_the_newest_run_is_laid_beside_the_last_one_of_another_moment(out: Path):
    put(out, "run-4", moment(5), 19)
    said = tree(out).xpath('string(//div[@data-in="en"]//section)')
    assert "The newest run (1 May 2026): 19.0" in said.replace("\u00a0", " ")
    assert "The run before (1 Apr 2026): 30.0" in said.replace("\u00a0", " ")


def test_the_trend_dates_a_midnight_by_the_zone_of_its_project(tmp_path: Path):
    for month, mean in ((6, 30), (9, 20)):
        put(tmp_path, f"run-{month}", datetime(2026, month - 1, 31, 22, tzinfo=UTC), mean)
    drawn = " ".join(tree(tmp_path).xpath('//div[@data-in="en"]//*[name()="svg"]//*[name()="text"]/text()'))
    assert "1 Jun 2026" in drawn
    assert "1 Sept 2026" in drawn
    assert "31 May" not in drawn


def test_findings_that_cannot_be_read_are_named_and_the_others_stay(out: Path):
    (out / "run-2" / "findings.json").write_text('{"schema_version": "9.0"}', "utf-8")
    text = tree(out).text_content()
    assert "run-2" in text
    assert "schema_version is 9.0" in text
    assert len(tree(out).xpath('//div[@data-in="nl"]//tbody/tr')) == 2


def test_a_run_that_was_written_anew_is_read_anew(out: Path):
    write_site(out)
    file = out / "run-3" / "findings.json"
    content = json.loads(file.read_text("utf-8"))
    content["lead_time"]["elapsed"]["mean_seconds"] = 7 * 86400
    file.write_text(json.dumps(content), "utf-8")
    os.utime(file, (1, 1))
    rows, _ = runs_of(out)
    assert rows[-1].mean_seconds == 7 * 86400


def of_few(out: Path) -> None:
    """Write a run of six cases, with loops, whose amounts are not told."""
    found = put(out, "few", moment(1), 40)
    cohort = found.cohort.model_copy(update={"cases": 6, "open_cases": 0})
    few = found.model_copy(update={"cohort": cohort})
    (out / "few" / "findings.json").write_text(few.model_dump_json(by_alias=True), "utf-8")


def test_a_run_of_too_few_cases_does_not_say_that_none_of_them_made_a_loop(tmp_path: Path):
    of_few(tmp_path)
    cells = tree(tmp_path).xpath('//div[@data-in="nl"]//tbody//td/text()')
    assert cells[1:7] == ["niet getoond"] * 6
    [answer] = tree(tmp_path).xpath('//div[@data-in="nl"]//p[@class="answer"]/text()')
    assert "onbekend" not in answer


def test_loops_that_an_older_program_kept_of_too_few_cases_are_read_anew(tmp_path: Path):
    of_few(tmp_path)
    [row], _ = runs_of(tmp_path)
    kept = [{**row.model_dump(mode="json", by_alias=True), "loops_seconds": 0.0}]
    (tmp_path / INDEX).write_text(json.dumps(kept), "utf-8")
    assert [row.loops_seconds for row in runs_of(tmp_path)[0]] == [None]


def test_an_index_that_is_not_ours_is_not_trusted(out: Path):
    (out / INDEX).write_text('[{"folder": "../../etc"}]', "utf-8")
    assert [row.folder for row in runs_of(out)[0]] == ["run-1", "run-2", "run-3"]


def test_a_hostile_title_is_shown_as_text(tmp_path: Path):
    found = put(tmp_path, "run-1", moment(1), 40)
    title = {"nl": "<script>alert(1)</script>", "en": "<script>alert(1)</script>"}
    other = found.model_copy(update={"project": found.project.model_copy(update={"title": title})})
    (tmp_path / "run-1" / "findings.json").write_text(other.model_dump_json(by_alias=True), "utf-8")
    assert "<script>alert(1)" not in write_site(tmp_path).read_text("utf-8")


def test_a_missing_folder_is_an_error_with_a_remedy(tmp_path: Path):
    with pytest.raises(ZaakstroomError, match="there is no such folder"):
        write_site(tmp_path / "none")


@pytest.fixture
def address(out: Path):
    (out / ".hidden").write_text("key", "utf-8")
    with server(out) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()
        thread.join()


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_the_server_shows_the_runs_and_each_run(address: str):
    assert "run-3/index.html" in get(f"{address}/")[1]
    assert get(f"{address}/latest/index.html") == (200, "<p>run-3</p>")


def test_a_run_that_ended_while_the_server_runs_is_on_the_page(address: str, out: Path):
    put(out, "run-4", moment(6), 10)
    assert "run-4/index.html" in get(f"{address}/")[1]


@pytest.mark.parametrize("path", ["/.hidden", "/run-1/../.hidden", "/%2ehidden", "/run-1/", "/outside/file"])
def test_the_server_gives_nothing_hidden_outside_or_listed(address: str, out: Path, path: str, tmp_path_factory):
    beyond = tmp_path_factory.mktemp("beyond")
    (beyond / "file").write_text("secret", "utf-8")
    (out / "outside").symlink_to(beyond, target_is_directory=True)
    (out / "run-1" / "index.html").unlink()
    assert get(f"{address}{path}")[0] == 404


def test_a_port_that_is_taken_is_an_error_with_a_remedy(address: str, out: Path):
    with pytest.raises(ZaakstroomError, match="--port"):
        server(out, port=int(address.rsplit(":", 1)[1]))
