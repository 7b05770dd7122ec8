-- A store of version 3, frozen: one list of one article, and its page three hours later.
-- Its digest was d8b8c56777ff72471cac141cc2fea57c1efaf841c56aa9c2583480ffc74381b2.
BEGIN TRANSACTION;
CREATE TABLE articles (
  id INTEGER NOT NULL,
  url TEXT NOT NULL,
  owner_id INTEGER,
  paged_at BIGINT,
  listed_at BIGINT,
  linked_at BIGINT,
  first_seen_at BIGINT,
  changed_in BIGINT DEFAULT '0' NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (url),
  FOREIGN KEY(owner_id) REFERENCES articles (id) DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO "articles" VALUES(1,'https://harbour.example/bridge',NULL,1749826800000000,1749816000000000,NULL,1749816000000000,2);
CREATE TABLE headlines (
  id INTEGER NOT NULL,
  article_id INTEGER NOT NULL,
  digest BLOB NOT NULL,
  site TEXT NOT NULL,
  text TEXT NOT NULL,
  "key" BLOB NOT NULL,
  paged_at BIGINT,
  listed_at BIGINT,
  linked_at BIGINT,
  PRIMARY KEY (id),
  UNIQUE (article_id, digest),
  FOREIGN KEY(article_id) REFERENCES articles (id)
);
INSERT INTO "headlines" VALUES(1,1,X'D1C5257879D12D703B66535B74F488FC','harbour.example','Bridge opens',X'ACC2EC9A98695B1B',1749826800000000,1749816000000000,NULL);
CREATE TABLE list_items (
  list_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  headline_id INTEGER NOT NULL,
  with_url BOOLEAN NOT NULL,
  clicks INTEGER NOT NULL,
  PRIMARY KEY (list_id, position),
  FOREIGN KEY(list_id) REFERENCES lists (id),
  FOREIGN KEY(headline_id) REFERENCES headlines (id)
) WITHOUT ROWID;
INSERT INTO "list_items" VALUES(1,1,1,1,0);
CREATE TABLE lists (
  id INTEGER NOT NULL,
  digest BLOB NOT NULL,
  site TEXT NOT NULL,
  kind TEXT NOT NULL,
  title TEXT,
  scope TEXT,
  observed_at BIGINT NOT NULL,
  page_url TEXT,
  item_count INTEGER NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (digest)
);
INSERT INTO "lists" VALUES(1,X'78C4E2F552081A4309FC9700FA8A2D94','harbour.example','popular',NULL,NULL,1749816000000000,NULL,1);
CREATE TABLE meta (
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (name)
);
INSERT INTO "meta" VALUES('schema_version','3');
INSERT INTO "meta" VALUES('identity','5f0c2a9d81e64b37');
INSERT INTO "meta" VALUES('batch','2');
INSERT INTO "meta" VALUES('newest','1749826800000000');
CREATE TABLE readings (
  revision_id INTEGER NOT NULL,
  seen_at BIGINT NOT NULL,
  PRIMARY KEY (revision_id, seen_at),
  FOREIGN KEY(revision_id) REFERENCES revisions (id)
) WITHOUT ROWID;
INSERT INTO "readings" VALUES(1,1749826800000000);
CREATE TABLE revisions (
  id INTEGER NOT NULL,
  article_id INTEGER NOT NULL,
  digest BLOB NOT NULL,
  site TEXT NOT NULL,
  headline TEXT,
  published_at BIGINT,
  published_offset INTEGER,
  section TEXT,
  tags TEXT,
  language TEXT,
  body TEXT,
  PRIMARY KEY (id),
  UNIQUE (article_id, digest),
  FOREIGN KEY(article_id) REFERENCES articles (id)
);
INSERT INTO "revisions" VALUES(1,1,X'137E4E8E68E45C9C93FBFF626D3708E2','harbour.example','Bridge opens',NULL,NULL,'news','["harbour"]','en','It opened.');
CREATE INDEX articles_by_change ON articles (changed_in);
CREATE INDEX articles_in_time ON articles (first_seen_at, id);
CREATE INDEX ix_articles_owner_id ON articles (owner_id);
CREATE INDEX lists_in_time ON lists (observed_at, id);
CREATE INDEX ix_headlines_key ON headlines ("key");
COMMIT;
